// Users and posts from their creation to their end; after each write, another node must show what was written.
import { Counter } from 'k6/metrics';
import { PROTOCOLS } from '../lib/core/protocols/protocols.ts';
import { contentOf, LIFE, POSTS, partOf, problemsOfPage } from '../lib/core/workloads/crud-records.ts';
import { clientPrefix } from '../lib/core/workloads/written-records.ts';
import { findings } from '../lib/k6/operations/answer-findings.ts';
import { patiently } from '../lib/k6/operations/final-read.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { settings } from '../lib/k6/setup/environment.ts';
import { userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import { ShadowRecords } from '../lib/k6/workloads/shadow-record.ts';
import schema from '../schemas/crud.surql';
import thresholds from '../thresholds/crud.json';

const wrongRecord = findings('wrong record');
/** Records that are left and have not yet been read on every node: zero when verification is through. */
const unverifiedRecords = new Counter('unverified_records');
const operations = ['create', 'read', 'merge', 'replace', 'list', 'find', 'delete'];
const listing = operation({ f: 'list' });
const finding = operation({ f: 'find' });
const PAGE = { start: 2, limit: 10 };

export const run = defineScenario({
  name: 'crud',
  protocols: PROTOCOLS,
  checkers: ['answers'],
  schema,
  thresholds,
  operations,
  iterate: (route) => () => crud(route),
  verify,
});

let expected = new ShadowRecords(wrongRecord);
let lives = 0;
let step = 0;
/** False while an iteration is under way, and after one that was interrupted. */
let sure = true;

async function crud(route: Route): Promise<void> {
  if (!sure || step === LIFE.length) nextLife();
  sure = false;
  const { f, table } = LIFE[step] ?? LIFE[0];
  const id = idOf(lives);
  if (f === 'list' || (f === 'find' && !route.client.filters)) sure = await list(route);
  else if (f === 'find') sure = await find(route, id);
  else {
    const content = contentOf(settings.seed, table, id, step);
    sure = await expected.write(f, route, table, id, f === 'merge' ? partOf(table, content) : content);
    if (sure) await expected.check(route.next(), table, id, `after ${f} on ${route.node.name}`);
  }
  step++;
}

function nextLife(): void {
  expected = new ShadowRecords(wrongRecord);
  step = 0;
  lives++;
}

/** Posts of anybody. */
async function list(route: Route): Promise<boolean> {
  const { node, client } = route;
  const answer = await listing(route)(client.list(POSTS, PAGE));
  if (answer.outcome !== 'ok') return true;
  for (const { key, says } of problemsOfPage(answer.value, PAGE.limit))
    wrongRecord({ node, protocol: client.protocol, key, says });
  return true;
}

/** This user's own post by its title. */
async function find(route: Route, id: string): Promise<boolean> {
  const { title = '' } = expected.contentOf(POSTS, id) ?? {};
  const answer = await finding(route)(route.client.list(POSTS, { start: 0, limit: 2, where: { title } }));
  if (answer.outcome === 'ok') expected.compare(route, POSTS, id, answer.value[0], 'found by its title');
  return true;
}

async function verify(): Promise<void> {
  const turn = run.nextRoute();
  unverifiedRecords.add(expected.records.length * run.nodes.length);
  for (const { table, id } of expected.records)
    for (const node of run.nodes) {
      const route = turn.to(node);
      const check = async () => (await expected.check(route, table, id, 'at the end')) || undefined;
      if (await patiently(route, check)) unverifiedRecords.add(-1);
    }
}

const idOf = (life: number): string => `${clientPrefix(userId())}n${String(10_000_000 + life).slice(1)}`;
