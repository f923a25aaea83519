import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROJECT_ROOT } from '../../lib/node/paths.ts';
import { referencePages } from '../../lib/node/reference.ts';

const read = (...path: string[]) => readFile(join(PROJECT_ROOT, ...path), 'utf8');

test('generated pages are as the code would write them (npm run reference)', async () => {
  for (const [name, content] of Object.entries(referencePages())) assert.equal(await read('docs', name), content, name);
});

test('every dependency is pinned and has its line in docs/dependencies.md', async () => {
  const { dependencies, devDependencies } = JSON.parse(await read('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const page = await read('docs/dependencies.md');
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
    assert.ok(page.includes(`| \`${name}\` |`), `${name} has no line`);
  }
});

test('links between pages lead somewhere', async () => {
  const pages = [
    'README.md',
    ...(await readdir(join(PROJECT_ROOT, 'docs'))).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`),
  ];
  for (const page of pages)
    for (const [, link = ''] of (await read(page)).matchAll(/\]\((?!https?:)([^)#]+)/g))
      await assert.doesNotReject(access(join(PROJECT_ROOT, page, '..', link)), `${page} → ${link}`);
});
