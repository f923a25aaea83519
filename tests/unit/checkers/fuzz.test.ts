// Mutated files: `FUZZ_RUNS=100000 FUZZ_SEED=7 npm test -- fuzz` is the thorough search.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { randomStream } from '../../../lib/core/random/random.ts';
import { judge, mutate, ownForms, referenceForms } from '../../support/fuzz.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 1500);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** Milliseconds that reading and checking one small file may take. */
const LONGEST = 10_000;

const fixture = (name: string): string => readFileSync(`tests/fixtures/${name}`, 'utf8');
/** Beginnings of histories: a whole one would bury the mutation. */
const recorded = (name: string, lines: number): string =>
  gunzipSync(readFileSync(`tests/fixtures/${name}`))
    .toString()
    .split('\n')
    .slice(0, lines)
    .join('\n');

const bank = `{:type :invoke, :f :read, :value nil, :process 0}
{:type :ok, :f :read, :value {0 10, 1 10}, :process 0}
{:type :invoke, :f :transfer, :value {:from 0, :to 1, :amount 3}, :process 1}
{:type :ok, :f :transfer, :value {:from 0, :to 1, :amount 3}, :process 1}`;
const set = `{:type :invoke, :f :add, :value 1, :process 0}
{:type :ok, :f :add, :value 1, :process 0}
{:type :invoke, :f :read, :value nil, :process 1}
{:type :ok, :f :read, :value #{1}, :process 1}`;
const registers = `{:type :invoke, :f :txn, :value [[:w 1 2] [:r 2 nil]], :process 0}
{:type :ok, :f :txn, :value [[:w 1 2] [:r 2 nil]], :process 0}
{:type :invoke, :f :txn, :value [[:r 1 nil]], :process 1}
{:type :ok, :f :txn, :value [[:r 1 2]], :process 1}`;
const porcupine = `{"ClientId":0,"Input":{"f":"write","key":"k","value":1},"Call":0,"Output":{"outcome":"ok"},"Return":5}
{"ClientId":1,"Input":{"Type":"range","Range":{"Start":"k"}},"Call":7,"Output":{"Range":{"KVs":[{"Key":"k","Value":{"Value":"1"}}]}},"Return":9}`;

const SEEDS = [
  fixture('elle-list-append.edn'),
  fixture('jepsen-registers.edn'),
  fixture('jepsen-etcd.txt').slice(0, 4000),
  bank,
  set,
  registers,
  porcupine,
  recorded('lost-updates-3.0.2.ndjson.gz', 25),
  recorded('upsert-forgets-3.0.2.ndjson.gz', 25),
];

test(`${RUNS} mutated EDN, JSON and history files are judged or refused, and never crash or hang (seed ${SEED})`, (context) => {
  const random = randomStream(SEED);
  const results = new Map<string, number>();
  let slowest = 0;
  for (let run = 0; run < RUNS; run++) {
    const text = mutate(SEEDS[run % SEEDS.length] as string, random);
    try {
      const { result, milliseconds } = judge(text);
      slowest = Math.max(slowest, milliseconds);
      const kind = result.startsWith('refused') ? 'refused' : result;
      results.set(kind, (results.get(kind) ?? 0) + 1);
    } catch (error) {
      assert.fail(`run ${run}: ${error instanceof Error ? error.stack : error}\n${text}`);
    }
  }
  assert.ok(slowest < LONGEST, `the slowest took ${slowest} ms`);
  assert.ok((results.get('refused') ?? 0) > 0 && results.size > 5, 'both verdicts and refusals must occur');
  context.diagnostic(JSON.stringify(Object.fromEntries(results)));
});

test(`${RUNS} mutated EDN texts are read as another reader reads them, if it can (seed ${SEED})`, (context) => {
  const random = randomStream(SEED + 1);
  const texts = [SEEDS[0], SEEDS[1], bank, set, registers] as string[];
  let compared = 0;
  for (let run = 0; run < RUNS; run++) {
    const text = mutate(texts[run % texts.length] as string, random);
    const reference = referenceForms(text);
    const own = reference && ownForms(text);
    if (own === undefined) continue;
    compared++;
    assert.deepEqual(own, reference, text);
  }
  assert.ok(compared > RUNS / 20, `only ${compared} could be compared`);
  context.diagnostic(`${compared} compared`);
});
