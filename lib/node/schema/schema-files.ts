import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../cli/errors.ts';
import { PROJECT_ROOT } from '../system/paths.ts';

/** One file of definitions. */
export interface SchemaFile {
  /** As it is shown: schemas/NAME.surql. */
  readonly path: string;
  readonly text: string;
}

/**
 * The schema files with these names (without ending), or all; in the order of their names, which is the order of
 * deployment.
 * @throws UsageError naming the ones that there are
 */
export async function schemaFiles(
  names: readonly string[],
  folder = join(PROJECT_ROOT, 'schemas'),
): Promise<SchemaFile[]> {
  const there = (await readdir(folder)).filter((file) => file.endsWith('.surql')).sort();
  for (const name of names)
    if (!there.includes(`${name}.surql`))
      throw new UsageError(
        `There is no schema "${name}". Schemas are: ${there.map((file) => file.slice(0, -'.surql'.length)).join(', ')}.`,
      );
  const chosen = there.filter((file) => names.length === 0 || names.includes(file.slice(0, -'.surql'.length)));
  return Promise.all(
    chosen.map(async (file) => ({ path: `schemas/${file}`, text: await readFile(join(folder, file), 'utf8') })),
  );
}
