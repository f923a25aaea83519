// YCSB's core workloads A to F: exact mixes, its key distributions, and a look at every record that comes back.
import exec from 'k6/execution';
import { scanFrom } from '../lib/core/protocols/clients.ts';
import { PROTOCOLS } from '../lib/core/protocols/protocols.ts';
import { type Request, understood } from '../lib/core/protocols/request.ts';
import { latestOf, scrambledZipfian, uniform } from '../lib/core/random/key-distributions.ts';
import { quickStream } from '../lib/core/random/random.ts';
import type { Row } from '../lib/core/verdict/table-shape.ts';
import {
  dealer,
  FIELD_COUNT,
  fieldValue,
  LONGEST_SCAN,
  recordContent,
  USERTABLE,
  WORKLOADS,
  wrongRow,
  ycsbId,
} from '../lib/core/workloads/ycsb.ts';
import { findings } from '../lib/k6/operations/answer-findings.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { settings } from '../lib/k6/setup/environment.ts';
import { seedRecords } from '../lib/k6/setup/seeding.ts';
import { userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import schema from '../schemas/ycsb.surql';
import thresholds from '../thresholds/ycsb.json';

const { seed, records, fieldLength } = settings;
const { mix, distribution } = WORKLOADS[settings.workload];
const deal = dealer(mix);
const wrongRecord = findings('wrong record');

export const run = defineScenario({
  name: 'ycsb',
  protocols: PROTOCOLS,
  checkers: ['answers'],
  settings: ['records', 'workload', 'distribution', 'fieldLength'],
  schema,
  thresholds,
  operations: Object.keys(mix),
  seed: (route) =>
    seedRecords(route, USERTABLE, records, (number) => {
      const id = ycsbId(number);
      return { id, content: recordContent(seed, id, fieldLength) };
    }),
  iterate: (route) => () => ycsb(route),
});

const reading = operation({ f: 'read' });
const updating = operation({ f: 'update' });
const readingModifyingWriting = operation({ f: 'read-modify-write' });
const inserting = operation({ f: 'insert' });
const scanning = operation({ f: 'scan' });

let stream: (() => number) | undefined;
/** A stream of this user's own: its number is not known before it runs. */
const random = (): number => {
  stream ??= quickStream(seed + Math.imul(userId(), 0x9e3779b9));
  return stream();
};
const latest = latestOf(random);
const chooser = { zipfian: scrambledZipfian(records, random), uniform: uniform(records, random), latest: undefined }[
  settings.distribution ?? distribution
];

async function ycsb(route: Route): Promise<void> {
  const { name: phase } = exec.scenario;
  const iteration = run.iteration();
  const operation = deal.operation(iteration);
  const insertsBefore = deal.insertsBefore(iteration);
  // Inserts that may still be under way are not asked for.
  const there = records + Math.max(0, insertsBefore - run.users());
  const number = chooser === undefined ? latest(there) : chooser();
  const id = number < records ? ycsbId(number) : ycsbId(number - records, `x${phase}`);
  if (operation === 'insert') await insert(route, ycsbId(insertsBefore, `x${phase}`));
  else if (operation === 'read') await read(route, id, number < records);
  else if (operation === 'scan') await scan(route, id);
  else await change(route, operation, id, iteration);
}

async function read(route: Route, id: string, loaded: boolean): Promise<void> {
  const { node, client } = route;
  const key = `usertable:${id}`;
  const answer = await reading(route)(client.read(USERTABLE, id), key);
  if (answer.outcome !== 'ok') return;
  if (answer.value !== undefined) check(route, id, answer.value);
  else if (loaded) wrongRecord({ node, protocol: client.protocol, key, says: 'it is not there' });
}

/** Writes one field; before it, where that is the workload, reads the whole record. */
async function change(route: Route, f: 'update' | 'read-modify-write', id: string, iteration: number): Promise<void> {
  const field = Math.floor(random() * FIELD_COUNT);
  const content = { [`field${field}`]: fieldValue(seed, id, field, iteration + 1, fieldLength) };
  const write = route.client.merge(USERTABLE, id, content);
  const key = `usertable:${id}`;
  const answer =
    f === 'update'
      ? await updating(route)(write, key)
      : await readingModifyingWriting(route)(readThen(write, route, f, id), key);
  if (answer.outcome === 'ok') check(route, id, answer.value);
}

/** A read that, once answered, sends the write: both are one operation. */
const readThen = <T>(write: Request<T>, route: Route, f: string, id: string): Request<T> =>
  understood<Row | undefined, T>(route.client.read(USERTABLE, id), (before) =>
    before.outcome === 'ok' ? route.ask(f, write) : before,
  );

async function insert(route: Route, id: string): Promise<void> {
  await inserting(route)(route.client.create(USERTABLE, id, recordContent(seed, id, fieldLength)), `usertable:${id}`);
}

async function scan(route: Route, id: string): Promise<void> {
  const limit = 1 + Math.floor(random() * LONGEST_SCAN);
  const answer = await scanning(route)(scanFrom(USERTABLE, id, limit), `usertable:${id}`);
  if (answer.outcome !== 'ok') return;
  check(route, id, answer.value[0]);
  for (const row of answer.value.slice(1)) check(route, row.id, row);
}

function check({ node, client: { protocol } }: Route, id: string, row: Row | undefined): void {
  const says = row === undefined ? 'it is not there' : wrongRow(seed, row, id, fieldLength);
  if (says !== undefined) wrongRecord({ node, protocol, key: `usertable:${id}`, says });
}
