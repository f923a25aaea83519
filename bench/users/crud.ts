// Scenario `crud` at a fixed rate in all, whatever the number of its users: each keeps to a timetable of its own.
import { sleep } from 'k6';
import { LIFE } from '../../lib/core/workloads/crud-records.ts';
import { settings } from '../../lib/k6/setup/environment.ts';
import { now, userId } from '../../lib/k6/test/execution.ts';
import { alone } from '../../lib/k6/test/k6-test.ts';
import { run } from '../../scenarios/crud.ts';

const test = alone(run);
export const { setup, verify, teardown, handleSummary } = test;

const users = settings.vus ?? 1;
/** The first phase only shifts users against each other. */
const warmup = { executor: 'per-vu-iterations', exec: 'shift', vus: users, iterations: 1, maxDuration: '3s' } as const;
export const options = { ...test.options, scenarios: { ...test.options.scenarios, warmup } };

type Data = Parameters<typeof run.runIteration>[0];

/** Takes some users a few steps ahead: if all were at the same step, each second would have another mix of operations. */
export function shift(data: Data): void {
  for (let step = 0; step < userId() % LIFE.length; step++) run.runIteration(data);
}

/** Milliseconds between two iterations of one user. */
const interval = (users / Number(__ENV.BENCH_RATE)) * 1000;
let due: number | undefined;

export function iterate(data: Data): void {
  due ??= now() + (userId() / users) * interval;
  sleep(Math.max(0, due - now()) / 1000);
  // One that is late does not catch up in a rush; the rate that was reached is reported.
  due = Math.max(due + interval, now());
  run.runIteration(data);
}
