// Pages that follow from all of the code: commands, variables, layers.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SETTINGS } from '../../lib/core/settings/settings.ts';
import { VARIABLES } from '../../lib/node/reference/environment-page.ts';
import { slowReferencePages } from '../../lib/node/reference/reference-pages.ts';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';

test('pages of commands, variables and layers are as the code would write them (npm run reference)', async () => {
  for (const [name, content] of Object.entries(await slowReferencePages()))
    assert.equal(await readFile(join(PROJECT_ROOT, 'docs', name), 'utf8'), content, `docs/${name}`);
});

test('every environment variable that the code reads is in docs/reference/environment.md, or a setting', async () => {
  const known = new Set([...Object.keys(VARIABLES), ...Object.values(SETTINGS).map(({ env }) => env)]);
  const unknown: string[] = [];
  for (const folder of ['lib', 'scripts', 'scenarios', 'bench'])
    for (const file of await readdir(join(PROJECT_ROOT, folder), { recursive: true })) {
      if (!/\.tsx?$/.test(file)) continue;
      const text = await readFile(join(PROJECT_ROOT, folder, file), 'utf8');
      for (const [, name = ''] of text.matchAll(/\benv\??\.([A-Z][A-Z0-9_]+)/g))
        if (!known.has(name) && !OF_THE_SYSTEM.has(name)) unknown.push(`${name} in ${folder}/${file}`);
    }
  assert.deepEqual(unknown, []);
});

const OF_THE_SYSTEM = new Set(['PATH', 'HOME']);
