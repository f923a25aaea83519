// The structure of lib, scenarios and scripts: no import circles, one name for one file, no crumbs.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { preProcessFile } from 'typescript';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';

type Sources = ReadonlyMap<string, string>;

const SOURCE = /(?<!\.d)\.(ts|tsx|mjs)$/;

function sourcesOf(...folders: readonly string[]): Sources {
  const files = folders.flatMap((folder) =>
    readdirSync(join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => SOURCE.test(file))
      .map((file) => join(folder, file)),
  );
  return new Map(files.map((file) => [file, readFileSync(join(PROJECT_ROOT, file), 'utf8')]));
}

/** The files that a file imports, types included. */
const importsOf = (file: string, text: string): string[] =>
  preProcessFile(text)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name));

function circlesIn(sources: Sources): string[] {
  const circles: string[] = [];
  const visited = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) circles.push([...path.slice(at), file].join(' → '));
    if (at >= 0 || visited.has(file)) return;
    visited.add(file);
    for (const imported of importsOf(file, sources.get(file) ?? '')) visit(imported, [...path, file]);
  };
  for (const file of sources.keys()) visit(file, []);
  return circles;
}

function sharedNamesIn(sources: Sources): string[] {
  const byName = new Map<string, string[]>();
  for (const file of sources.keys()) {
    const name = basename(file).replace(SOURCE, '');
    if (name !== 'index') byName.set(name, [...(byName.get(name) ?? []), file]);
  }
  return [...byName.values()].filter((files) => files.length > 1).map((files) => files.join(', '));
}

const SHORTEST = 15;

/** Short files with a single importer, which is in the same folder. */
function crumbsIn(sources: Sources): string[] {
  const importers = new Map<string, string[]>();
  for (const [file, text] of sources)
    for (const imported of importsOf(file, text)) importers.set(imported, [...(importers.get(imported) ?? []), file]);
  return [...sources].flatMap(([file, text]) => {
    const [only, ...others] = importers.get(file) ?? [];
    const isShort = text.trimEnd().split('\n').length <= SHORTEST;
    return isShort && only !== undefined && others.length === 0 && dirname(only) === dirname(file) ? [file] : [];
  });
}

test('no file imports itself over others, types included', () => {
  assert.deepEqual(circlesIn(sourcesOf('lib', 'scenarios', 'scripts')), []);
});

test('no two files of lib share a name, index aside', () => {
  assert.deepEqual(sharedNamesIn(sourcesOf('lib')), []);
});

test('files of at most 15 lines with one importer are part of that importer', () => {
  assert.deepEqual(crumbsIn(sourcesOf('lib')), []);
});

/** Calls whose result differs between machines: a Turkish one makes İ of i, and sorts by its own alphabet. */
const localeCalls = (sources: Sources): string[] =>
  [...sources].flatMap(([file, text]) =>
    [...text.matchAll(/\.toLocale\w+\([^)]*\)?|\.localeCompare\([^)]*\)?|\bnew Intl\.\w+\([^)]*\)?/g)]
      .filter(([call]) => !/'en(-US)?'/.test(call))
      .map(([call]) => `${file}: ${call}`),
  );

test('nothing depends on the locale of the machine', () => {
  assert.deepEqual(localeCalls(sourcesOf('lib', 'scenarios', 'scripts', 'bench')), []);
  const calls = new Map([
    ['lib/a.ts', "x.toLocaleUpperCase(); a.localeCompare(b); a.localeCompare(b, 'en'); x.toUpperCase()"],
  ]);
  assert.deepEqual(localeCalls(calls), ['lib/a.ts: .toLocaleUpperCase()', 'lib/a.ts: .localeCompare(b)']);
});

test('these checks find a circle of types, a shared name and a crumb', () => {
  const long = '\n'.repeat(20);
  const circle = new Map([
    ['lib/a.ts', "import type { B } from './b.ts';"],
    ['lib/b.ts', "export type { C } from './c/c.ts';"],
    ['lib/c/c.ts', "export type C = import('../a.ts').A;"],
  ]);
  assert.deepEqual(circlesIn(circle), ['lib/a.ts → lib/b.ts → lib/c/c.ts → lib/a.ts']);
  const names = new Map(
    ['lib/x/limits.ts', 'lib/y/limits.tsx', 'lib/x/index.ts', 'lib/y/index.ts'].map((f) => [f, '']),
  );
  assert.deepEqual(sharedNamesIn(names), ['lib/x/limits.ts, lib/y/limits.tsx']);
  const crumbs = new Map([
    ['lib/a.ts', `import { b } from './b.ts'; import { c } from './c/c.ts';${long}x`],
    ['lib/b.ts', 'export const b = 1;'],
    ['lib/c/c.ts', 'export const c = 1;'],
  ]);
  assert.deepEqual(crumbsIn(crumbs), ['lib/b.ts']);
});
