import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { PROJECT_ROOT } from '../system/paths.ts';

/** The rooms of the code, and what each is for. */
const ROOMS: Readonly<Record<string, string>> = {
  scripts: 'command lines',
  scenarios: 'one k6 test a file',
  'lib/node': 'runs in Node',
  'lib/k6': 'runs inside k6',
  'lib/core': 'pure: runs in both',
};

/** A mermaid diagram of the rooms: an arrow where one imports from another. */
export function layersDiagram(): string {
  const boxes = Object.entries(ROOMS).map(
    ([room, purpose]) => `  ${idOf(room)}["<b>${room}</b><br/>${[purpose, ...foldersOf(room)].join('<br/>')}"]`,
  );
  const arrows = Object.keys(ROOMS).flatMap((room) =>
    [...new Set(importsOf(room))].filter((it) => it !== room).map((it) => `  ${idOf(room)} --> ${idOf(it)}`),
  );
  return ['```mermaid', 'flowchart TD', ...boxes, ...arrows.sort(), '```'].join('\n');
}

const idOf = (room: string): string => room.replace('/', '_');

function foldersOf(room: string): string[] {
  const folders = readdirSync(join(PROJECT_ROOT, room), { withFileTypes: true }).filter((it) => it.isDirectory());
  return folders.length === 0 ? [] : [`<i>${folders.map(({ name }) => name).join(', ')}</i>`];
}

/** The room of each import in the files of a room. */
function importsOf(room: string): string[] {
  const folder = join(PROJECT_ROOT, room);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  return files.flatMap((file) => {
    const path = join(folder, file);
    const imports = [...readFileSync(path, 'utf8').matchAll(/ from '(\.[^']+)';/g)];
    return imports.flatMap(([, target = '']) => roomOf(relative(PROJECT_ROOT, join(dirname(path), target))) ?? []);
  });
}

const roomOf = (path: string): string | undefined =>
  Object.keys(ROOMS).find((room) => path.replaceAll('\\', '/').startsWith(`${room}/`));
