import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkChangefeed } from '../../../lib/core/checkers/changefeed/changefeed.ts';
import { ExpiryCheck } from '../../../lib/core/checkers/changefeed/expiry.ts';
import type { ChangefeedAnomaly } from '../../../lib/core/checkers/changefeed/feed-reader.ts';
import { Findings } from '../../../lib/core/checkers/shared/findings.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { RETENTION } from '../../../lib/core/workloads/expiring-records.ts';
import { operation } from '../../support/operations.ts';
import { RUNS } from '../../support/simulations.ts';

const write = (value: number, start: number, more: Partial<Operation> = {}): Operation =>
  operation({ process: 7, f: 'expiring-write', value, start, end: start + 3, ...more });
const poll = (start: number, after: number, got: readonly number[], more: Partial<Operation> = {}): Operation =>
  operation({
    process: 7,
    f: 'expiring-poll',
    value: { after, got, full: false },
    start,
    end: start + 3,
    ...more,
  });

function check(...operations: readonly Operation[]) {
  const findings = new Findings<ChangefeedAnomaly>();
  const expiry = new ExpiryCheck(findings);
  for (const each of operations) assert.ok(expiry.take(each));
  return { found: findings.summaries(), counts: Object.values(expiry.counts()), sentence: expiry.sentence() };
}

interface Step {
  readonly pause: number;
  readonly duration: number;
  /** Where within a request's time the store handles it. */
  readonly handledAt: number;
  readonly collects: boolean;
  readonly outcome: 'ok' | 'unknown' | 'failed';
}

/** A store that keeps each change for a time at least, and deletes older ones whenever it collects garbage. */
function simulate(steps: readonly Step[], retention: number): Operation[] {
  const operations: Operation[] = [];
  let kept: { readonly number: number; readonly at: number }[] = [];
  let time = 0;
  let after = 0;
  for (const [index, { pause, duration, handledAt, collects, outcome }] of steps.entries()) {
    const number = index + 1;
    time += pause;
    operations.push(write(number, time, { end: time + duration, outcome }));
    const at = time + duration * handledAt;
    if (outcome !== 'failed') kept.push({ number, at });
    time += duration;
    if (outcome !== 'ok') continue;
    const readAt = time + duration * handledAt;
    if (collects) kept = kept.filter((change) => change.at >= readAt - retention);
    const got = kept.flatMap((change) => (change.number > after ? [change.number] : []));
    operations.push(poll(time, after, got, { end: time + duration }));
    if ((got[0] ?? after) > after + 1) after = got.at(-1) ?? after;
    time += duration;
  }
  return operations;
}

const anySteps = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 400 }),
    duration: fc.integer({ min: 1, max: 600 }),
    handledAt: fc.double({ min: 0, max: 1, noNaN: true }),
    collects: fc.boolean(),
    outcome: fc.constantFrom('ok', 'ok', 'ok', 'unknown', 'failed'),
  } satisfies { [K in keyof Step]: fc.Arbitrary<Step[K]> }),
  { maxLength: 60 },
);

test('a store that keeps changes for their retention is never accused, whatever the schedule', () => {
  fc.assert(
    fc.property(anySteps, (steps) => assert.deepEqual(check(...simulate(steps, RETENTION)).found, [])),
    RUNS,
  );
});

test('a store that keeps changes for a shorter time is found, and what it lacked is named', () => {
  const usual = { pause: 200, duration: 5, handledAt: 0.5, outcome: 'ok' } as const;
  const steps = Array.from({ length: 12 }, (_, index): Step => ({ ...usual, collects: index === 6 }));
  const { found } = check(...simulate(steps, RETENTION / 4));
  assert.deepEqual(
    found.map(({ kind, count }) => [kind, count]),
    [['expired early', 4]],
  );
  assert.match(
    found[0]?.first.message ?? '',
    /^The feed on a lacks brief record 1 of client 7 at most \d+ ms after it was sent \(.*\), and must keep it for 2000 ms\.$/,
  );
});

test('a position that has expired is counted, with what it was answered', () => {
  const writes = [write(1, 0), write(2, 100), write(3, 200), write(4, 2900)];
  const silent = check(...writes, poll(3000, 1, [4]));
  assert.deepEqual(silent.found, []);
  assert.deepEqual(silent.counts, [1, 0, 2]);
  assert.match(silent.sentence, /answered 1 × with what was left, without an error \(2 changes were missing\)\.$/);
  const refused = check(...writes, poll(3000, 1, [], { outcome: 'failed' }));
  assert.deepEqual(refused.counts, [1, 1, 0]);
  assert.match(refused.sentence, /answered 1 × with an error\.$/);
});

test('what was not acknowledged, follows a full page, or got no answer says nothing', () => {
  const unknown = [write(1, 0), write(2, 10, { outcome: 'unknown' }), write(3, 20)];
  assert.deepEqual(check(...unknown, poll(30, 1, [3])).found, []);
  const full = poll(30, 1, [2], { value: { after: 1, got: [2], full: true } });
  assert.deepEqual(check(write(1, 0), write(2, 10), write(3, 20), full).found, []);
  const unanswered = check(write(1, 0), write(2, 10), poll(3000, 1, [], { outcome: 'unknown' }));
  assert.deepEqual([unanswered.found, unanswered.counts], [[], [0, 0, 0]]);
  const young = check(write(1, 0), write(2, 10), poll(30, 1, [], { outcome: 'failed' }));
  assert.deepEqual([young.found, young.counts], [[], [0, 0, 0]]);
});

test('the verdict of the checker has what expired', () => {
  const operations = [write(1, 0), write(2, 10), write(3, 20), poll(30, 1, [3])];
  const header = { history: 1, scenario: 'changefeed', seed: 1, nodes: ['a'] } as const;
  const { valid, anomalies, counts } = checkChangefeed({ header, operations, damaged: 0 });
  assert.deepEqual([valid, anomalies.map(({ kind }) => kind)], ['invalid', ['expired early']]);
  assert.equal(counts['polls from an expired position'], 1);
});
