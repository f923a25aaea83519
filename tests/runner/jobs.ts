import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';

/**
 * What a test file may need for itself. Files that need nothing run side by side: they use free ports, and judge no rate or
 * latency of their loads (`assertRight`).
 */
export const EXCLUSIVE = ['the machine', 'docker'] as const;
export type Exclusive = (typeof EXCLUSIVE)[number];

/** What one process of the test runner runs. */
export interface Job {
  /** Relative to the project, as a user would name it. */
  readonly title: string;
  /** The module that the process imports. */
  readonly module: string;
  readonly needs: readonly Exclusive[];
}

/** `// Exclusive use of the machine: REASON` at the beginning of a line. */
const DECLARATION = /^\/\/ Exclusive use of (.+?): \S/gm;

/** @throws Error where a file needs something that there is not */
export function needsOf(path: string, text: string): Exclusive[] {
  return [...text.matchAll(DECLARATION)].map(([, name]) => {
    const known = EXCLUSIVE.find((each) => each === name);
    if (known === undefined) throw new Error(`${path} asks for "${name}", but can ask for ${EXCLUSIVE.join(' or ')}.`);
    return known;
  });
}

/** Test files below `tests/FOLDER` whose path contains one of the names; all of them without names. Sorted by path. */
export async function testFiles(folder: string, names: readonly string[]): Promise<string[]> {
  const inside = await readdir(join(PROJECT_ROOT, 'tests', folder), { recursive: true });
  const paths = inside.filter((path) => path.endsWith('.test.ts')).map((path) => join('tests', folder, path));
  return paths.filter((path) => names.length === 0 || names.some((name) => path.includes(name))).sort();
}

/** Integration tests: a process for each file; those that need the machine come last. */
export async function integrationJobs(names: readonly string[]): Promise<Job[]> {
  const jobs = await Promise.all(
    (await testFiles('integration', names)).map(async (title): Promise<Job> => {
      const module = join(PROJECT_ROOT, title);
      return { title, module, needs: needsOf(title, await readFile(module, 'utf8')) };
    }),
  );
  const place = ({ needs }: Job): number => (needs.includes('the machine') ? 2 : needs.includes('docker') ? 0 : 1);
  return jobs.sort((a, b) => place(a) - place(b));
}

/** Below this number of files, folders share a process. */
const FEW_FILES = 5;

/**
 * Unit tests: a process for each large folder and one for the small ones, as starting one takes longer than most files. The
 * process with the most files comes first.
 * @param scratch folder for the modules that import the files
 */
export async function unitJobs(names: readonly string[], scratch: string): Promise<Job[]> {
  const folders = Object.entries(byFolder(await testFiles('unit', names)));
  const isSmall = ([, paths]: (typeof folders)[number]): boolean => paths.length < FEW_FILES;
  const small = folders.filter(isSmall);
  const together = [`${small.length} small folders of tests/unit`, small.flatMap(([, paths]) => paths)] as const;
  const jobs = [...folders.filter((each) => !isSmall(each)), together].filter(([, paths]) => paths.length > 0);
  return Promise.all(
    jobs
      .sort(([, a], [, b]) => b.length - a.length)
      .map(async ([title, paths], index) => {
        const module = join(scratch, `unit-${index}.mjs`);
        const lines = paths.map((path) => `import ${JSON.stringify(pathToFileURL(join(PROJECT_ROOT, path)).href)};\n`);
        await writeFile(module, lines.join(''));
        return { title, module, needs: [] };
      }),
  );
}

function byFolder(paths: readonly string[]): Record<string, string[]> {
  const folders: Record<string, string[]> = {};
  for (const path of paths) {
    folders[dirname(path)] ??= [];
    folders[dirname(path)]?.push(path);
  }
  return folders;
}
