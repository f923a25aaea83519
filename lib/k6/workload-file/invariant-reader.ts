import { sleep } from 'k6';
import { Counter } from 'k6/metrics';
import { INVARIANT } from '../../core/checkers/invariants.ts';
import { query } from '../../core/protocols/request.ts';
import { rowsOfResult } from '../../core/workload-file/expectations.ts';
import type { Invariant } from '../../core/workload-file/workload.ts';
import { queryPatiently } from '../operations/final-read.ts';
import { lineStart, record } from '../operations/recorder.ts';
import type { Node } from '../session/nodes.ts';
import type { Route } from '../session/route.ts';
import { stop } from '../setup/abort.ts';
import { now, userId } from '../test/execution.ts';
import type { Scenario } from '../test/scenario.ts';

const brokenInvariants = new Counter('broken_invariants');
/** Readings at the end that are not made: zero when each invariant was read on every node. */
const unreadInvariants = new Counter('unread_invariants');

/** Rows of a broken invariant that the history keeps. */
const MOST_ROWS = 20;
/** Seconds between two looks at rows that may still go. */
const PAUSE = 0.1;

/** One transaction, so that all of a query's statements see one state. On lines of their own, as a query may end in a comment. */
const transactionOf = ({ query: text }: Invariant): string => `BEGIN;\n${text}\n;COMMIT;`;

/** Reads the invariants of a workload: during the load on each node by a VU of its own, and at the end on all. */
export function invariantReader(invariants: readonly Invariant[]) {
  const during = invariants.filter((it) => it.during);
  const due = new Map<Invariant, number>();

  /** @returns undefined if the node gave no answer */
  function rowsOn(route: Route, invariant: Invariant): readonly unknown[] | undefined {
    const answer = route.ask(INVARIANT, query(transactionOf(invariant)));
    return answer.outcome === 'ok' ? rowsOfResult(answer.value.at(-2)) : undefined;
  }

  /** Records a reading, once its rows are gone, or once they have been there for longer than the invariant allows. */
  function read(route: Route, invariant: Invariant): void {
    const start = now();
    let rows = rowsOn(route, invariant);
    while (rows !== undefined && rows.length > 0 && now() - start < invariant.within) {
      sleep(PAUSE);
      rows = rowsOn(route, invariant);
    }
    if (rows !== undefined) note(route.node, invariant, rows, start);
  }

  function note(node: Node, { name }: Invariant, rows: readonly unknown[], start: number): void {
    if (rows.length > 0) brokenInvariants.add(1, { node: node.name, invariant: name });
    const value = rows.slice(0, MOST_ROWS);
    record(lineStart(INVARIANT, node, 'sql'), name, value, { outcome: 'ok', value }, start, now());
  }

  return {
    /** Ends the test if an invariant is broken before the load. */
    checkSeeded(route: Route): void {
      for (const invariant of invariants) {
        const answer = route.ask('setup', query(transactionOf(invariant)));
        if (answer.outcome !== 'ok') stop(`Invariant "${invariant.name}" cannot be read: ${answer.message}`);
        const rows = rowsOfResult(answer.value.at(-2));
        if (rows.length > 0)
          stop(
            `Invariant "${invariant.name}" is broken by the seeded data, before the load: ${JSON.stringify(rows.slice(0, 3))}. Correct the seed or the query.`,
          );
      }
    },

    /** VU n reads the invariants that are due on node n. */
    readWhenDue({ nodes, to }: Scenario): void {
      const node = nodes[userId() - 1];
      if (node === undefined) return;
      for (const invariant of during) {
        const at = now();
        if (at < (due.get(invariant) ?? 0)) continue;
        due.set(invariant, at + invariant.every);
        read(to(node), invariant);
      }
    },

    readAtEnd({ nodes, to }: Scenario): void {
      const atEnd = invariants.filter((it) => it.atEnd);
      unreadInvariants.add(atEnd.length * nodes.length);
      for (const node of nodes)
        for (const invariant of atEnd) {
          // Waits for a node that is coming back.
          if (queryPatiently(to(node), transactionOf(invariant)) === undefined) continue;
          read(to(node), invariant);
          unreadInvariants.add(-1);
        }
    },
  };
}
