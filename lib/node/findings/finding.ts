import { readdir, readFile } from 'node:fs/promises';
import { join, parse as parsePath } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';
import { Failure } from '../cli/errors.ts';
import { PROJECT_ROOT } from '../system/paths.ts';

export const FINDINGS_FOLDER = join(PROJECT_ROOT, 'findings');

const text = v.pipe(v.string(), v.nonEmpty());

/**
 * What shows a finding: a node in memory, the embedded engine, several nodes of one cluster, or nodes of our own, with faults, over a
 * TiKV.
 */
export const FINDING_TARGETS = ['memory', 'embedded', 'cluster', 'store'] as const;

const COMMON = {
  title: text,
  /** Versions of SurrealDB that it was seen on. */
  versions: text,
  on: v.picklist(FINDING_TARGETS),
  /** The anomaly of a load's verdict; of a script in words. */
  expects: text,
  /** An issue's address, or what became of it. */
  upstream: text,
  reproduced: v.strictObject({ date: text, with: text }),
};

const FINDING = v.union([
  /** Arguments of `npm run load`. */
  v.strictObject({ ...COMMON, load: text }),
  /** A file beside it, for Node: exit code 99 if the finding was seen, 0 if not. */
  v.strictObject({ ...COMMON, script: text }),
  /** What a person has to do: the suite does not freeze or stop an external store. */
  v.strictObject({ ...COMMON, byHand: text }),
]);

export type Finding = v.InferOutput<typeof FINDING> & { readonly name: string };

/** What SurrealDB was found to do wrong: findings/NAME.yml. @throws Failure naming a file that is not as it must be */
export async function readFindings(): Promise<Finding[]> {
  const files = (await readdir(FINDINGS_FOLDER)).filter((file) => file.endsWith('.yml')).sort();
  return Promise.all(
    files.map(async (file) => {
      const result = v.safeParse(FINDING, parse(await readFile(join(FINDINGS_FOLDER, file), 'utf8')));
      if (result.success) return { ...result.output, name: parsePath(file).name };
      throw new Failure(`findings/${file} is not a finding: ${v.summarize(result.issues)}`);
    }),
  );
}
