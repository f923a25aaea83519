import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { Round } from '../../core/comparison/compare-rounds.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import type { ArmRecord } from '../compare/comparison-record.ts';
import { writeJson } from '../system/files.ts';
import { differences, type Fingerprint } from '../system/machine.ts';

/** Raised when a field's meaning changes. */
const BASELINE_VERSION = 1;

const metricSchema = v.strictObject({
  name: v.string(),
  unit: v.picklist(['ms', '/s', '%']),
  better: v.picklist(['lower', 'higher']),
  scale: v.picklist(['ratio', 'difference']),
  value: v.number(),
});

const baselineSchema = v.object({
  baseline: v.literal(BASELINE_VERSION, `must be ${BASELINE_VERSION}, the version that this program reads`),
  taken: v.string(),
  fingerprint: v.strictObject({ cores: v.number(), cpu: v.string(), memoryGb: v.number(), platform: v.string() }),
  target: v.strictObject({
    name: v.string(),
    description: v.string(),
    version: v.string(),
    settings: v.record(v.string(), v.string()),
  }),
  /** The rounds of each scenario, by its name in the suite. */
  entries: v.record(v.string(), v.array(v.array(metricSchema))),
});

/** Figures of a target that are kept, to hold later ones against. */
export interface Baseline {
  readonly baseline: typeof BASELINE_VERSION;
  /** ISO 8601. */
  readonly taken: string;
  readonly fingerprint: Fingerprint;
  readonly target: ArmRecord;
  readonly entries: Readonly<Record<string, readonly Round[]>>;
}

/**
 * Reads a kept baseline; undefined if there is none.
 * @throws UsageError where it is damaged, or was taken on another machine and that was not asked for
 */
export async function readBaseline(
  path: string,
  here: Fingerprint,
  anyMachine: boolean,
): Promise<Baseline | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Failure(`The baseline ${path} cannot be read: ${error.code}.`);
  });
  if (text === undefined) return undefined;
  const baseline = parseBaseline(path, text);
  const apart = differences(baseline.fingerprint, here);
  if (apart.length > 0 && !anyMachine)
    throw new UsageError(
      `The baseline ${path} comes from a different kind of machine (${apart.join('; ')}), so its figures do not compare with figures from here. Measure one here with --update-baseline, measure it in the same job with --baseline TARGET, or accept it with --any-machine.`,
    );
  return baseline;
}

function parseBaseline(path: string, text: string): Baseline {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The baseline ${path} is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
  const result = v.safeParse(baselineSchema, content);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'content'}: ${issue.message}`);
  throw new UsageError(
    `The baseline ${path} is damaged (${problems.join('; ')}). Measure it again with --update-baseline.`,
  );
}

/** Keeps figures for later gates. */
export async function writeBaseline(path: string, baseline: Omit<Baseline, 'baseline'>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeJson(path, { baseline: BASELINE_VERSION, ...baseline });
}
