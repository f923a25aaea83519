import type { History, Operation } from '../../history/history.ts';
import { isPairs } from '../../history/history-shape.ts';
import type { Outcome } from '../../protocols/outcome.ts';
import { payloadOf } from '../../workloads/written-records.ts';
import type { Checker } from '../checker.ts';
import type { AnomalySummary, CheckVerdict, Evidence } from '../shared/check-verdict.ts';
import { abridge } from '../shared/describe.ts';
import { compareFinalReads, type FinalReadDifference } from './final-reads.ts';

const ANOMALIES = {
  lost: 'A create was acknowledged, but a node lacks the record at the end.',
  corrupted: 'A node holds a record with another value than was written.',
  unexpected: 'A node holds a record that nobody wrote, or whose write was refused, or holds it twice.',
} as const;

type WritesAnomaly = keyof typeof ANOMALIES;

interface NodeReads {
  /** Clients whose range was read. */
  readonly clients: Set<number>;
  readonly found: [id: string, value: unknown][];
  readonly operations: Operation[];
}

/**
 * Checks scenario `writes`: after the load, each node must hold every acknowledged record with its value and nothing
 * that nobody wrote. Operations: `create` (key: id) and, once a client and node, `final-read` (value: pairs of id and
 * payload).
 */
export function checkWrites({ header, operations }: History): CheckVerdict<WritesAnomaly> {
  const writesOf = new Map<number, Map<string, Outcome>>();
  const createOf = new Map<string, Operation>();
  const reads = new Map<string, NodeReads>(
    header.nodes.map((node) => [node, { clients: new Set(), found: [], operations: [] }]),
  );
  for (const operation of operations) {
    const { process, f, key = '', outcome } = operation;
    if (f === 'create') {
      const writes = writesOf.get(process);
      if (writes === undefined) writesOf.set(process, new Map([[key, outcome]]));
      else writes.set(key, outcome);
      createOf.set(key, operation);
    } else if (f === 'final-read' && outcome === 'ok') {
      const read = reads.get(operation.node);
      read?.clients.add(process);
      read?.operations.push(operation);
      for (const pair of operation.value as [string, unknown][]) read?.found.push(pair);
    }
  }

  const anomalies = new Map<WritesAnomaly, RecordAnomaly>();
  let unread = 0;
  for (const [node, { clients, found, operations: finals }] of reads) {
    const writes = new Map([...writesOf].flatMap(([client, its]) => (clients.has(client) ? [...its] : [])));
    unread += createOf.size - writes.size;
    const difference = compareFinalReads(writes, found, (id) => payloadOf(header.seed, id));
    for (const [kind, says] of KINDS) addAnomaly(anomalies, kind, difference[kind], says, node, createOf, finals);
  }

  const summaries = [...anomalies].map(([kind, { ids, first }]) => ({ kind, count: ids.size, first }));
  return {
    checker: 'writes',
    valid: summaries.length > 0 ? 'invalid' : unread > 0 ? 'unknown' : 'valid',
    counts: {
      writes: createOf.size,
      acknowledged: count(createOf, 'ok'),
      unknown: count(createOf, 'unknown'),
      'not read back': unread,
    },
    anomalies: summaries,
    explanation: explain(summaries, unread, count(createOf, 'ok'), header.nodes.length),
  };
}

const KINDS: readonly [keyof FinalReadDifference & WritesAnomaly, string][] = [
  ['lost', 'was acknowledged but is not there'],
  ['corrupted', 'is there with another value than was written'],
  ['unexpected', 'is there, but nobody wrote it or its write was refused'],
];

/** Records of one kind of anomaly: each counts once, however many nodes show it. */
interface RecordAnomaly {
  readonly ids: Set<string>;
  readonly first: Evidence;
}

function addAnomaly(
  anomalies: Map<WritesAnomaly, RecordAnomaly>,
  kind: WritesAnomaly,
  ids: readonly string[],
  says: string,
  node: string,
  createOf: ReadonlyMap<string, Operation>,
  finals: readonly Operation[],
): void {
  const [first] = ids;
  if (first === undefined) return;
  const create = createOf.get(first);
  const operations = [create, readOf(first, create, finals)].filter((it) => it !== undefined).map(abridge);
  const reason = `writes:${first} ${says} on ${node}`;
  const evidence = {
    message: `${reason}${create === undefined ? '' : ` (${told(create)})`}. On ${node} in all: ${ids.map((id) => `writes:${id}`).join(', ')}.`,
    operations,
    ...(operations.length < 2 ? {} : { contradiction: { earlier: 0, later: 1, reason } }),
  };
  const anomaly = anomalies.get(kind) ?? { ids: new Set(), first: evidence };
  for (const id of ids) anomaly.ids.add(id);
  anomalies.set(kind, anomaly);
}

/** The final read that shows an anomaly: that of the client's range, or the one that holds a record which nobody wrote. */
const readOf = (id: string, create: Operation | undefined, finals: readonly Operation[]): Operation | undefined =>
  finals.find(({ process, value }) =>
    create === undefined ? (value as [string, unknown][]).some(([each]) => each === id) : process === create.process,
  );

const told = ({ process, node, protocol, start, end, outcome }: Operation): string =>
  `client ${process} created it on ${node} by ${protocol}, ${start.toFixed(1)}–${end?.toFixed(1) ?? '…'} ms, ${outcome}`;

function count(createOf: ReadonlyMap<string, Operation>, wanted: Outcome): number {
  let total = 0;
  for (const { outcome } of createOf.values()) if (outcome === wanted) total++;
  return total;
}

function explain(anomalies: readonly AnomalySummary[], unread: number, acknowledged: number, nodes: number): string {
  const where = nodes === 1 ? 'on the node' : `on each of ${nodes} nodes`;
  if (anomalies.length > 0) return anomalies.map(({ kind, count: many }) => `${many} ${kind}`).join(', ');
  if (unread > 0) return `${unread} writes were not read back on every node.`;
  return `All ${acknowledged} acknowledged records are there with their values ${where}, and nothing else is.`;
}

export const writes = {
  name: 'writes',
  anomalies: ANOMALIES,
  among: { lost: 'writes', corrupted: 'writes' },
  shapes: { 'final-read': (value, operation) => operation.outcome !== 'ok' || isPairs(value, operation) },
  check: checkWrites,
} as const satisfies Checker<WritesAnomaly>;
