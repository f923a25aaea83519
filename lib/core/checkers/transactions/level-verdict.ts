import type { AnomalySummary, CheckVerdict } from '../shared/check-verdict.ts';
import { explain, type Findings } from '../shared/findings.ts';
import { PROCESS, REALTIME } from './dependencies.ts';
import {
  forbiddenBy,
  ISOLATION_LEVELS,
  type IsolationLevel,
  type Order,
  orderOf,
  strongestLevels,
  USUAL_LEVEL,
} from './isolation-levels.ts';
import type { TransactionAnomaly } from './transaction-anomalies.ts';

export interface LevelOptions {
  /** The level that the history is held against. Default `USUAL_LEVEL`. */
  readonly expect?: IsolationLevel;
  /** Whether levels about the order of each process, or of real time, are examined too. Default: if `expect` is one. */
  readonly order?: Order;
}

export interface LevelVerdict extends CheckVerdict<TransactionAnomaly> {
  readonly expect: IsolationLevel;
  /** The strongest of the levels examined that the history is consistent with; several if none includes the other. */
  readonly levels: readonly IsolationLevel[];
  /** What the expected level allows and the history shows: no fault, but what an application must live with. */
  readonly tolerated: readonly AnomalySummary<TransactionAnomaly>[];
}

/** The kinds of edges that each examination adds to the one before. */
export const ORDERS: Readonly<Record<Order, readonly number[]>> = {
  none: [0],
  process: [0, PROCESS],
  realtime: [0, PROCESS, PROCESS | REALTIME],
};

/** The order to examine: what was asked for, or what the expected level needs if that is more. */
export function examinedOrder({ expect = USUAL_LEVEL, order = 'none' }: LevelOptions): Order {
  const needed = orderOf(expect);
  return ORDERS[order].length >= ORDERS[needed].length ? order : needed;
}

/**
 * Judges what was found: `invalid` if the expected level forbids any of it. Without dependencies nothing can be inferred:
 * `unknown` if a level was asked for, as in Elle (`:empty-transaction-graph`).
 */
export function judgeLevels(
  checker: string,
  findings: Findings<TransactionAnomaly>,
  counts: CheckVerdict['counts'],
  options: LevelOptions,
  hasDependencies: boolean,
): LevelVerdict {
  const { expect = USUAL_LEVEL } = options;
  const order = examinedOrder(options);
  const all = findings.summaries();
  if (all.length === 0 && !hasDependencies) {
    const valid = options.expect === undefined ? 'valid' : 'unknown';
    return { ...undecidedLevels(checker, counts, expect, NOTHING_INFERRED), valid };
  }
  const found = new Set(all.map(({ kind }) => kind));
  const examined = ISOLATION_LEVELS.filter((level) => ORDERS[orderOf(level)].length <= ORDERS[order].length);
  const levels = strongestLevels(found, examined);
  const forbidden = forbiddenBy(expect);
  const anomalies = all.filter(({ kind }) => forbidden.has(kind));
  const tolerated = all.filter(({ kind }) => !forbidden.has(kind));
  const consistent = levels.length === 0 ? 'no isolation level' : levels.join(' and ');
  const allowed = tolerated.map(({ kind, count }) => `${count} × ${kind}`).join(', ');
  const explanation =
    anomalies.length > 0
      ? `Expected ${expect}, but the history is consistent with ${consistent} at most. ${explain(anomalies)}`
      : `The history is consistent with ${consistent}${allowed === '' ? '' : `; it shows ${allowed}, which ${expect} allows`}.`;
  const valid = anomalies.length > 0 ? 'invalid' : 'valid';
  return { checker, valid, counts, anomalies, explanation, expect, levels, tolerated };
}

const NOTHING_INFERRED =
  'Nothing could be inferred about isolation: no transaction read or overwrote what another one wrote.';

/** The verdict on a history that says nothing about isolation. */
export function undecidedLevels(
  checker: string,
  counts: CheckVerdict['counts'],
  expect: IsolationLevel,
  explanation: string,
): LevelVerdict {
  return { checker, valid: 'unknown', counts, anomalies: [], explanation, expect, levels: [], tolerated: [] };
}
