import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { GENERATED, referencePages } from '../../../lib/node/reference/reference-pages.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';

const read = (...path: string[]) => readFile(join(PROJECT_ROOT, ...path), 'utf8');

test('generated pages are as the code would write them (npm run reference)', async () => {
  for (const [name, content] of Object.entries(referencePages())) assert.equal(await read('docs', name), content, name);
});

test('every dependency is pinned and has its line in docs/reference/dependencies.md', async () => {
  const { dependencies, devDependencies } = JSON.parse(await read('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const page = await read('docs/reference/dependencies.md');
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    assert.ok(page.includes(`| \`${name}\` |`), `${name} has no line`);
  }
});

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...(await readdir(join(PROJECT_ROOT, 'docs'), { recursive: true }))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

/** The anchors that GitHub makes of a page's headings. */
const anchorsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test('links between pages lead somewhere', async () => {
  for (const page of pages)
    for (const [, path = '', anchor] of (await read(page)).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
      const target = path === '' ? page : join(page, '..', path);
      await assert.doesNotReject(access(join(PROJECT_ROOT, target)), `${page} → ${path}`);
      if (anchor !== undefined)
        assert.ok(anchorsOf(await read(target)).includes(anchor), `${page} → ${path}#${anchor}`);
    }
});

test('every page of docs is listed in the README of docs, or of its folder', async () => {
  const linked = new Set<string>();
  for (const index of pages.filter((page) => page.endsWith('README.md')))
    for (const [, path = ''] of (await read(index)).matchAll(/\]\(([^)#:]+\.md)/g)) linked.add(join(index, '..', path));
  for (const page of pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md'))
    assert.ok(linked.has(page), `${page} is in no README`);
});

/** A page that is read in one sitting. */
const MOST_WORDS = 2_000;

test(`no page that is written by hand has more than ${MOST_WORDS} words`, async () => {
  for (const page of pages) {
    const text = await read(page);
    if (text.includes(GENERATED)) continue;
    const words = text.split(/\s+/).length;
    assert.ok(words <= MOST_WORDS, `${page} has ${words} words: split it by subject`);
  }
});

test('README.md fits on two screens: at most 120 lines', async () => {
  const lines = (await read('README.md')).trimEnd().split('\n').length;
  assert.ok(lines <= 120, `${lines} lines`);
});

/** Lines with a measured figure, in a row, that no two runs share by chance. */
const ROW = 3;

test('no transcript stands in two pages', async () => {
  const pageOf = new Map<string, string>();
  for (const page of pages)
    for (const [, block = ''] of (await read(page)).matchAll(/^```(?:console|text)?\n(.*?)^```$/gms)) {
      const lines = block.split('\n').filter((line) => /\d\.\d/.test(line) && line.trim().length > 20);
      for (let at = 0; at + ROW <= lines.length; at++) {
        const row = lines.slice(at, at + ROW).join('\n');
        const other = pageOf.get(row) ?? page;
        assert.equal(other, page, `${page} and ${other} share a transcript; link to one of them:\n${row}`);
        pageOf.set(row, page);
      }
    }
});

test('files that pages name are there', async () => {
  const folders = 'bench|binaries|cluster|docs|lib|scenarios|schemas|scripts|tests|thresholds';
  const names = new RegExp(`(?<=[\`\\s])((?:${folders})/[\\w./-]*\\w|compose[\\w.-]*\\.yml)(?=[\`\\s,])`, 'g');
  for (const page of pages) {
    const text = await read(page);
    for (const [, name = ''] of text.matchAll(names)) {
      // Capitals stand for a name (scenarios/NAME.ts); a guide names what it adds, with its content in a block.
      if (/[A-Z]{2}/.test(name) || new RegExp(`^\`\`\`\\w+ ${name}$`, 'm').test(text)) continue;
      await assert.doesNotReject(access(join(PROJECT_ROOT, name)), `${page}: ${name}`);
    }
  }
});

test('pages that code and messages name are there', async () => {
  for (const folder of ['lib', 'scripts', 'scenarios', 'bench', 'cluster'])
    for (const file of await readdir(join(PROJECT_ROOT, folder), { recursive: true })) {
      if (!/\.(tsx?|ya?ml|json)$/.test(file)) continue;
      // What follows a slash is of another owner site.
      for (const [page] of (await read(folder, file)).matchAll(/(?<![\w/.])docs\/[\w/-]+\.md/g))
        await assert.doesNotReject(access(join(PROJECT_ROOT, page)), `${folder}/${file}: ${page}`);
    }
});

/** Flags of each command, of what docs/reference/commands.md says, which a test compares with `--help`. */
async function flagsOfCommands(): Promise<Map<string, Set<string>>> {
  const flags = new Map<string, Set<string>>();
  for (const section of (await read('docs/reference/commands.md')).split(/^#+ `npm run /m).slice(1)) {
    const [, name = ''] = /^([\w:]+)/.exec(section) ?? [];
    const all = flags.get(name) ?? new Set();
    for (const [, flag = ''] of section.matchAll(/(--[a-z][\w-]*)/g)) all.add(flag);
    flags.set(name, all);
  }
  return flags;
}

test('commands that pages name exist, with their flags', async () => {
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
  const known = await flagsOfCommands();
  for (const page of pages) {
    const text = (await read(page)).replaceAll('\\\n', ' ');
    for (const [command, name = '', args = ''] of text.matchAll(
      /npm run (?:--silent )?([\w:]+)(?: --(?= )([^\n`#]*))?/g,
    )) {
      assert.ok(name in scripts, `${page}: ${command}`);
      const flags = known.get(name);
      if (flags === undefined) continue;
      // What comes after a pipe or a semicolon is another command.
      for (const [, flag = ''] of (args.split(/[|;&>]/)[0] ?? '').matchAll(/(?<=\s)(--[a-z][\w-]*)/g))
        assert.ok(flags.has(flag), `${page}: ${command.trim()}: there is no ${flag}`);
    }
  }
});
