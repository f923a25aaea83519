import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openScenario } from '../../../lib/node/catalog/catalog.ts';
import { thrownBy } from '../../../lib/node/load/generators/k6-run.ts';

const STACK = `TypeError: Cannot read property 'a' of undefined
\tat file:///home/ann/checkout.ts:11:51(2)
\tat file:///home/ann/node_modules/surrealdb-load/lib/k6/test/scenario.ts:105:60(14)
\tat runIteration (file:///home/ann/node_modules/surrealdb-load/lib/k6/test/scenario.ts:142:20(23))
`;

test("an error that a scenario's code throws in k6 is named with its place, the first of many", () => {
  const later = STACK.replace('11:51', '12:1');
  assert.equal(
    thrownBy(`Init\n\n${STACK}\n${later}`),
    "/home/ann/checkout.ts:11:51: TypeError: Cannot read property 'a' of undefined",
  );
  const inFunction = STACK.replace(
    'at file:///home/ann/checkout.ts:11:51(2)',
    'at buy (file:///home/ann/checkout.ts:3:4(2))',
  );
  assert.match(thrownBy(inFunction) ?? '', /^\/home\/ann\/checkout\.ts:3:4: TypeError/);
});

test('a log without a stack names no error', () => {
  assert.equal(thrownBy('WARN[0001] Request Failed  error="EOF"\nError: a text\n'), undefined);
});

test('an error that a scenario throws while it is read is named with its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'surrealdb-load-'));
  const file = join(folder, 'checkout.ts');
  await writeFile(file, "import 'surrealdb-load';\n\nthrow new Error('no stock');\n");
  await assert.rejects(openScenario(file), { message: `${file}:3:7: cannot be evaluated: no stock` });
  await rm(folder, { recursive: true });
});
