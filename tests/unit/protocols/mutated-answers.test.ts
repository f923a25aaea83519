// Mutated answers of a server, and mutated settings: `FUZZ_RUNS=100000 FUZZ_SEED=7 npm test -- mutated-answers`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planLoad } from '../../../lib/core/load/load-plan.ts';
import { CLIENTS } from '../../../lib/core/protocols/clients.ts';
import { OUTCOMES } from '../../../lib/core/protocols/outcome.ts';
import { receive } from '../../../lib/core/protocols/rpc-messages.ts';
import { randomStream } from '../../../lib/core/random/random.ts';
import { parseSettings, SETTINGS, SettingsError } from '../../../lib/core/settings/settings.ts';
import type { TableShape } from '../../../lib/core/verdict/table-shape.ts';
import { mutate } from '../../support/fuzz.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 1500);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

const POSTS: TableShape = { name: 'post', fields: ['title', 'author'], links: ['author'] };
const BODIES = [
  '[{"status":"OK","result":[{"id":"post:a","title":"b","author":"user:a"}],"time":"1ms"}]',
  '[{"result":null,"status":"OK","time":"1.2ms"}]',
  '[{"status":"ERR","result":"x","kind":"Query","details":{"kind":"TransactionConflict"}},{"status":"OK","result":1}]',
  '{"code":400,"details":"Parse error","description":"x","information":"y"}',
  '{"data":{"post":{"id":"post:a","title":"b","author":{"id":"user:a"}},"posts":[{"id":"post:a"}]}}',
  '{"errors":[{"message":"Internal Error: x"}]}',
];
const MESSAGES = [
  '{"id":"7","result":[{"status":"OK","result":[]}]}',
  '{"id":"7","error":{"code":-1,"message":"x","kind":"Query","details":{"kind":"TransactionConflict"}}}',
  '{"result":{"action":"CREATE","id":"u","record":"item:a","result":{"id":"item:a","version":1}}}',
];
const PAGE = { start: 0, limit: 2 };

test(`${RUNS} mutated answers have an outcome, whatever was asked by whatever protocol (seed ${SEED})`, () => {
  const random = randomStream(SEED);
  const outcomes = new Set<string>();
  for (let run = 0; run < RUNS; run++) {
    const body = mutate(BODIES[run % BODIES.length] as string, random);
    for (const client of Object.values(CLIENTS))
      for (const { read } of [client.read(POSTS, 'a'), client.insert('post', 'a', '{}'), client.list(POSTS, PAGE)])
        try {
          const { outcome } = read({ status: random() < 0.9 ? 200 : 500, body, error_code: 0 });
          outcomes.add(outcome);
        } catch (error) {
          assert.fail(`run ${run}, ${client.protocol}: ${error instanceof Error ? error.stack : error}\n${body}`);
        }
  }
  assert.deepEqual([...outcomes].sort(), [...OUTCOMES].sort());
});

test(`${RUNS} mutated messages of RPC are read, or are not JSON (seed ${SEED})`, () => {
  const random = randomStream(SEED);
  for (let run = 0; run < RUNS; run++) {
    const text = mutate(MESSAGES[run % MESSAGES.length] as string, random);
    try {
      receive(text);
    } catch (error) {
      assert.ok(error instanceof SyntaxError, `run ${run}: ${error instanceof Error ? error.stack : error}\n${text}`);
    }
  }
});

test(`${RUNS} mutated settings are read, or refused by name (seed ${SEED})`, () => {
  const random = randomStream(SEED);
  const settings = Object.values(SETTINGS);
  let refused = 0;
  for (let run = 0; run < RUNS; run++) {
    const { env, fallback = '12s' } = { fallback: undefined, ...settings[run % settings.length] } as {
      env: string;
      fallback?: string;
    };
    const text = mutate(fallback, random);
    try {
      planLoad('writes', parseSettings({ [env]: text }));
    } catch (error) {
      assert.ok(
        error instanceof SettingsError,
        `run ${run}: ${error instanceof Error ? error.stack : error}\n${env}=${text}`,
      );
      assert.match(error.message, new RegExp(`^${env} `));
      refused++;
    }
  }
  assert.ok(refused > RUNS / 4 && refused < RUNS, `${refused} refused`);
});
