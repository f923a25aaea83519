// Records that change on every node, while live queries on every node tell of them: each change once, in order, and nothing else.
import { Counter } from 'k6/metrics';
import { CLIENTS } from '../lib/core/protocols/clients.ts';
import { query } from '../lib/core/protocols/request.ts';
import { entry } from '../lib/core/workloads/accounts.ts';
import {
  LINKED_TABLE,
  LIVE_PROMISES,
  LIVE_QUERIES,
  LIVE_TABLE,
  type LiveChange,
  type LiveQuery,
} from '../lib/core/workloads/live-records.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import { type Route, routeOf } from '../lib/k6/session/route.ts';
import { guestSession, Session, tokenOf } from '../lib/k6/session/session.ts';
import { settings } from '../lib/k6/setup/environment.ts';
import { userId } from '../lib/k6/test/execution.ts';
import { pause } from '../lib/k6/test/pause.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import { LiveSubscriber } from '../lib/k6/workloads/live-subscriber.ts';
import schema from '../schemas/live.surql';
import thresholds from '../thresholds/live.json';

const misdeliveredChanges = new Counter('misdelivered_changes');
/** One for each live query, until it has been ended after the load. */
const missingLiveQueries = new Counter('missing_live_queries');

/** The live query whose connection breaks in mid-run, and is opened again. */
const RECONNECTING = 'all reconnecting';
const SUBSCRIBERS: readonly (readonly [name: string, query: LiveQuery])[] = [
  ...Object.entries(LIVE_QUERIES),
  [RECONNECTING, LIVE_QUERIES.all],
];

export const run = defineScenario({
  name: 'live',
  protocols: ['rpc'],
  checkers: ['live'],
  expects: { values: LIVE_PROMISES, usual: 'same-node' },
  situations: ['several nodes', 'refusal'],
  alone: true,
  needsLiveQueries: true,
  schema,
  thresholds,
  operations: ['change'],
  iterate: (route) => () => change(route),
  background: () => ({ vus: run.nodes.length, run: subscribe }),
});

const REFUSED = 'refused on purpose';
const changing = operation({ f: 'change', refusal: REFUSED });
const REFUSED_IN_HUNDRED = 5;
/** Records of one client that may change, so that some live on and some die soon. */
const MOST_RECORDS = 20;

interface Known {
  readonly id: string;
  readonly even: boolean;
  readonly shared: boolean;
  version: number;
}

/** This client's records: nobody else changes them. */
const records: Known[] = [];
let made = 0;

async function change(route: Route): Promise<void> {
  const record = records[run.random(MOST_RECORDS)] ?? newRecord();
  const isNew = record.version === 0;
  const action = isNew ? 'create' : run.random(4) === 0 ? 'delete' : 'update';
  // A refused change has a version of its own, which shows if it is delivered.
  const version = action === 'delete' ? record.version : ++record.version;
  const value: LiveChange = { action, version, even: record.even, shared: record.shared };
  const isRefused = action !== 'delete' && run.random(100) < REFUSED_IN_HUNDRED;
  const end = isRefused ? `THROW '${REFUSED}';` : '';
  const text = `BEGIN;${statementsOf(record, value)};${end}COMMIT;`;
  const { outcome } = await changing(route)(query(text), `${LIVE_TABLE}:${record.id}`, value);
  if (isNew && outcome === 'ok') records.push(record);
  if (!isNew && (action === 'delete' || outcome === 'unknown')) records.splice(records.indexOf(record), 1);
}

function newRecord(): Known {
  const number = made++;
  return { id: `u${userId()}n${number}`, even: number % 2 === 0, shared: number % 3 === 0, version: 0 };
}

function statementsOf({ id }: Known, { action, version, even, shared }: LiveChange): string {
  const record = `${LIVE_TABLE}:${id}`;
  const linked = `${LINKED_TABLE}:${id}`;
  if (action === 'create')
    return `CREATE ${linked} SET version = ${version} RETURN NONE;CREATE ${record} SET version = ${version}, even = ${even}, shared = ${shared}, ${LINKED_TABLE} = ${linked} RETURN NONE`;
  if (action === 'update')
    return `UPDATE ${linked} SET version = ${version} RETURN NONE;UPDATE ${record} SET version = ${version} RETURN NONE`;
  return `DELETE ${record} RETURN NONE;DELETE ${linked} RETURN NONE`;
}

/** Milliseconds between two looks at how much of the load has passed. */
const LOOK = 50;
/** Milliseconds for a notification that should not come any more. */
const AFTER_KILL = 200;

/** Follows the live queries of one node until the load ends. @param share of the load that has passed */
async function subscribe(number: number, share: () => number): Promise<void> {
  const node = run.nodes[number];
  if (node === undefined) return;
  const root = run.to(node).session;
  const subscribers = SUBSCRIBERS.map(([name, query]): LiveSubscriber => {
    return new LiveSubscriber('asRecordUser' in query ? recordUser(root, number) : root, node, name, query);
  });
  missingLiveQueries.add(subscribers.length);
  for (const subscriber of subscribers) if (await subscriber.subscribe()) missingLiveQueries.add(-1);
  const reconnecting = subscribers[SUBSCRIBERS.findIndex(([name]) => name === RECONNECTING)];
  while (share() < 0.5) await pause(LOOK / 1000);
  reconnecting?.breakConnection();
  await reconnecting?.subscribe();
  while (share() < 1) await pause(LOOK / 1000);
  for (const subscriber of subscribers) if (!(await subscriber.kill())) missingLiveQueries.add(1);
  await change(run.to(node));
  await pause(AFTER_KILL / 1000);
  for (const subscriber of subscribers) {
    misdeliveredChanges.add(subscriber.misdelivered);
    subscriber.close();
  }
}

/** Signs a record user up, who sees the shared records only. */
function recordUser(root: Session, number: number): Session {
  const { namespace } = root;
  const id = `reader${number}`;
  const account = { id, name: id, email: `${id}@example.org`, pass: `${settings.seed}-${number}` };
  const node = run.nodes[number] ?? run.nodes[0];
  if (node === undefined) throw new Error('there is no node');
  const answer = routeOf(guestSession(namespace), node, CLIENTS.sql).ask(
    'sign-up',
    entry('signup', namespace, account),
  );
  if (answer.outcome !== 'ok') throw new Error(`${node.name} did not sign ${id} up: ${answer.message}`);
  const token = tokenOf(answer.value);
  return new Session(namespace, token, () => token);
}
