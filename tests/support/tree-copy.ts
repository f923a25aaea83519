import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { startCommand, temporaryFolder } from './commands.ts';
import { blocksOf } from './page-blocks.ts';

/** A copy of the project's files, to change as a page says; in a folder whose name must be quoted in a shell. */
export async function copyTree() {
  const outer = await temporaryFolder();
  const folder = { ...outer, path: join(outer.path, `a "copy" of it's tree`) };
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: PROJECT_ROOT });
  for (const file of listed.toString().trimEnd().split('\n'))
    if (!file.startsWith('docs/'))
      await cp(join(PROJECT_ROOT, file), join(folder.path, file)).catch((error: NodeJS.ErrnoException) => {
        // Removed, and not committed yet.
        if (error.code !== 'ENOENT') throw error;
      });
  await symlink(join(PROJECT_ROOT, 'node_modules'), join(folder.path, 'node_modules'));

  return {
    ...folder,

    /** Runs a command in the copy, with the programs that are built here. */
    run: (program: string, args: readonly string[]) =>
      startCommand(program, args, { SURREALDB_LOAD_CACHE: join(PROJECT_ROOT, '.cache') }, folder.path).result,

    /**
     * Writes the files of a page, and makes its changes.
     * @returns the files
     */
    async follow(page: string): Promise<{ written: string[]; changed: string[] }> {
      const written: string[] = [];
      const changed: string[] = [];
      for (const { language, file, text } of await blocksOf(page)) {
        if (file === '') continue;
        const path = join(folder.path, file);
        if (language === 'diff') {
          await writeFile(path, withChanges(await readFile(path, 'utf8'), text, file));
          changed.push(file);
        } else {
          await mkdir(dirname(path), { recursive: true });
          await writeFile(path, text, { flag: 'wx' });
          written.push(file);
        }
      }
      return { written, changed };
    },
  };
}

/** Applies hunks, which a line `@@` separates; each must be there once. */
function withChanges(content: string, diff: string, file: string): string {
  return diff.split(/^@@.*\n/m).reduce((before, hunk) => {
    const lines = hunk.split('\n').slice(0, -1);
    const without = (mark: string) =>
      lines
        .filter((line) => !line.startsWith(mark))
        .map((line) => `${line.slice(1)}\n`)
        .join('');
    const parts = before.split(without('+'));
    if (parts.length !== 2) throw new Error(`${file} holds this ${parts.length - 1} times:\n${without('+')}`);
    return parts.join(without('-'));
  }, content);
}
