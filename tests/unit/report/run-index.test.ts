import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeIndex } from '../../../lib/node/report/write-index.ts';
import { temporaryFolder } from '../../support/commands.ts';

async function writeRun(folder: string, id: string, scenario: string, state: string): Promise<void> {
  await mkdir(join(folder, id));
  const run = {
    id,
    started: `2026-01-0${id}T00:00:00.000Z`,
    scenario,
    settings: { profile: 'load', protocol: 'sql', rate: 100, duration: 12_000, workload: 'a', mix: {} },
    plan: { measured: [], loadEnds: 0 },
    commit: 'v1-2-gabc',
    target: { kind: 'native', version: 'surrealdb-3.3.5', nodes: [{ name: 'surreal-1', url: '' }] },
    machine: { cores: 2, cpu: 'x' },
  };
  await writeFile(join(folder, id, 'run.json'), JSON.stringify(run));
  await writeFile(
    join(folder, id, 'verdict.json'),
    JSON.stringify({ state, headline: 'Why.', findings: [], checks: [] }),
  );
}

test('the index begins with the runs, newest first, and each can be filtered', async () => {
  await using folder = await temporaryFolder();
  await writeRun(folder.path, '1', 'bank', 'fail');
  await writeRun(folder.path, '2', 'ycsb', 'pass');
  const { path, runs } = await writeIndex(folder.path);
  const page = await readFile(path, 'utf8');
  assert.deepEqual(
    [...page.matchAll(/data-run="([^"]*)"/g)].map(([, values]) => values),
    ['ycsb native pass', 'bank native fail'],
  );
  assert.match(page, />surrealdb-3\.3\.5, v1-2-gabc</);
  assert.ok(page.indexOf('All runs, newest first') < page.indexOf('>Changes</h2>'));
  assert.deepEqual(
    runs.map(({ series }) => series),
    [
      'bank · load · native (1 node) · sql · 100 iterations/s · 12s · 2 × x',
      'ycsb · load · native (1 node) · sql · 100 iterations/s · 12s · workload a · 2 × x',
    ],
    'settings have units, and those that do not apply are omitted',
  );
});
