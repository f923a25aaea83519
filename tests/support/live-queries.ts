import type { History, Operation } from '../../lib/core/history/history.ts';
import type { Outcome } from '../../lib/core/protocols/outcome.ts';
import { type Delivered, LIVE_QUERIES, type LiveChange } from '../../lib/core/workloads/live-records.ts';

export const NODES = ['surreal-1', 'surreal-2'] as const;

export const liveHistory = (operations: readonly Operation[]): History => ({
  header: { history: 1, scenario: 'live', seed: 1, nodes: [...NODES] },
  operations: [...operations],
  damaged: 0,
});

export const liveOperation = (
  f: string,
  node: string,
  key: string,
  value: unknown,
  start: number,
  end = start,
): Operation => ({ process: 1, f, node, protocol: 'rpc', key, value, start, end, outcome: 'ok' });

/** What is done to one of a client's records: created if it is not there, otherwise updated or deleted. */
export interface LiveStep {
  readonly record: number;
  readonly deletes: boolean;
  readonly node: (typeof NODES)[number];
  readonly outcome: Outcome;
  /** Whether a change of unknown outcome took effect. */
  readonly isApplied: boolean;
  /** Milliseconds until subscribers receive it. */
  readonly lag: number;
}

const SUBSCRIBERS = NODES.flatMap((node) =>
  Object.keys(LIVE_QUERIES).map((name) => ({ node, key: `${node}/${name}` })),
);

/** The history of a cluster that tells of everything, as the scenario records it. */
export function simulateLive(steps: readonly LiveStep[]): Operation[] {
  const operations = SUBSCRIBERS.map(({ node, key }) => liveOperation('subscribe', node, key, '', 0, 1));
  const versions = new Map<number, number>();
  const lags = new Map<string, number>();
  let lives = 0;
  for (const [at, { record, deletes, node, outcome, isApplied, lag }] of steps.entries()) {
    const version = versions.get(record) ?? 0;
    const isDeletion = deletes && version > 0;
    const action = version === 0 ? 'create' : isDeletion ? 'delete' : 'update';
    const value: LiveChange = {
      action,
      version: isDeletion ? version : version + 1,
      even: record % 2 === 0,
      shared: record % 3 === 0,
    };
    const id = `item:r${record}l${lives}`;
    const start = 10 + at * 10;
    operations.push({ ...liveOperation('change', node, id, value, start, start + 5), outcome } as Operation);
    const applied = outcome === 'ok' || (outcome === 'unknown' && isApplied);
    if (outcome !== 'ok' || isDeletion) {
      // Its client goes on with another record.
      versions.clear();
      lives++;
    } else versions.set(record, version + 1);
    if (!applied) continue;
    for (const reader of NODES)
      for (const [name, query] of Object.entries(LIVE_QUERIES)) {
        if (!query.tellsOf(value)) continue;
        const key = `${reader}/${name}`;
        const time = Math.max(start + 1 + lag, lags.get(key) ?? 0);
        lags.set(key, time + 0.001);
        const delivered: Delivered = [action, id, name === 'diff' && isDeletion ? null : value.version];
        operations.push(liveOperation('notify', reader, key, delivered, time));
      }
  }
  for (const { node, key } of SUBSCRIBERS) operations.push(liveOperation('unsubscribe', node, key, 'KILL', 5000, 5001));
  return operations;
}
