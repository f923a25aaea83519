import type { History, Operation } from '../history/history.ts';
import type { Outcome } from '../protocols/outcome.ts';
import type { Checker } from './checker.ts';
import { conclude, Findings, Tally } from './shared/findings.ts';
import { compareFinalReads } from './writes/final-reads.ts';

const ANOMALIES = {
  lost: 'A record was created and acknowledged, but a node lacks it at the end.',
  corrupted: 'A node holds a record with another content than its CREATE returned.',
  unexpected: 'A node holds a record whose CREATE was refused, or holds a record twice.',
} as const;

type Kind = keyof typeof ANOMALIES;

/** Value of an operation of a workload file. */
export interface WorkloadValue {
  /** Parameters by name. */
  readonly with: Readonly<Record<string, unknown>>;
  /** New records that it names: their ids, and the content that its answer shows of each (null if it shows none). */
  readonly created?: Readonly<Record<string, string | null>>;
}

/** Reads of created records at the end of a run, by one VU on one node; value: pairs of id and content. */
export const READ_CREATED = 'final-read';

const SAYS: readonly [Kind, string][] = [
  ['lost', 'was acknowledged but is missing'],
  ['corrupted', 'has another content than its CREATE returned'],
  ['unexpected', 'is there although its CREATE was refused, or twice'],
];

/** Every record that a workload created must be on each node at the end, once and with its content; refused ones must not. */
export function checkCreated({ header, operations }: History) {
  const findings = new Findings<Kind>();
  const tally = new Tally();
  const creates = new Map<string, { operation: Operation; content: string | null }>();
  /** By node and VU, in pages. */
  const reads = new Map<string, Operation[]>();
  for (const operation of operations) {
    const { f, value, node, process, outcome } = operation;
    if (f === READ_CREATED && outcome === 'ok') {
      const key = `${node} ${process}`;
      reads.set(key, [...(reads.get(key) ?? []), operation]);
      continue;
    }
    const { created } = (value ?? {}) as Partial<WorkloadValue>;
    if (created === undefined) continue;
    tally.add(operation);
    for (const [id, content] of Object.entries(created)) creates.set(id, { operation, content });
  }
  let unread = 0;
  for (const node of header.nodes)
    for (const [process, outcomes] of byProcess(creates)) {
      const pages = reads.get(`${node} ${process}`);
      if (pages === undefined) {
        unread += outcomes.size;
        continue;
      }
      const found = pages.flatMap(pairsOf);
      // The first content of an id that was read twice.
      const contents = new Map(found.toReversed());
      const contentOf = (id: string) => creates.get(id)?.content ?? contents.get(id);
      const difference = compareFinalReads(outcomes, found, contentOf);
      for (const [kind, says] of SAYS)
        for (const id of difference[kind]) {
          const operation = creates.get(id)?.operation;
          const evidence = () => {
            const read = pages.find((page) => pairsOf(page).some(([each]) => each === id)) ?? pages.at(-1);
            const operations = [operation, read].filter((it) => it !== undefined);
            const reason = `${id} ${says} on ${node}${contentsText(kind, contentOf(id), contents.get(id))}`;
            const contradiction = operations.length < 2 ? {} : { contradiction: { earlier: 0, later: 1, reason } };
            return { message: `${id} ${says} on ${node}.`, operations, subject: id, ...contradiction };
          };
          findings.add(kind, operation?.start ?? 0, evidence, 0, id);
        }
    }
  const counts = { ...tally.counts, created: creates.size, 'not read back': unread };
  return conclude('created', counts, findings, {
    valid: unread > 0 ? 'unknown' : 'valid',
    explanation:
      unread > 0
        ? `${unread} of the created records were not read back.`
        : `All ${creates.size} created records were read back on each of ${header.nodes.length} nodes as they must be.`,
  });
}

const contentsText = (kind: Kind, written: string | undefined, found: string | undefined): string =>
  kind === 'corrupted' ? `: ${written} was written, ${found} is there` : '';

const pairsOf = ({ value }: Operation) => value as [id: string, content: string][];

function byProcess(creates: ReadonlyMap<string, { operation: Operation }>): Map<number, Map<string, Outcome>> {
  const outcomes = new Map<number, Map<string, Outcome>>();
  for (const [id, { operation }] of creates) {
    const own = outcomes.get(operation.process) ?? new Map<string, Outcome>();
    outcomes.set(operation.process, own.set(id, operation.outcome));
  }
  return outcomes;
}

export const created = {
  name: 'created',
  anomalies: ANOMALIES,
  among: { lost: 'created', corrupted: 'created', unexpected: 'created' },
  check: checkCreated,
} as const satisfies Checker<Kind>;
