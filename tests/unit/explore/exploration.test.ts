import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Exploration, explore, neededBy, type RecordedRun } from '../../../lib/core/explore/exploration.ts';
import { runsToExclude } from '../../../lib/core/explore/needs.ts';
import { drawTrial, type Space } from '../../../lib/core/explore/space.ts';
import { changedSettings, faultTexts, isPossible, keyOf, type Trial } from '../../../lib/core/explore/trial.ts';
import type { TrialOutcome } from '../../../lib/core/explore/trial-outcome.ts';
import { randomStream } from '../../../lib/core/random/random.ts';

const SPACE: Space = {
  scenarios: ['bank', 'set', 'transactions'],
  withoutRouting: [],
  faults: [
    'pause:surreal-N',
    'kill:surreal-N',
    'crash:surreal-N',
    'partition:tikv-N',
    'leader-transfer',
    'rolling-restart:surreal',
  ],
  fewest: 1,
  most: 3,
  settings: { SURREAL_TIKV_ASYNC_COMMIT: ['', 'false'], SURREAL_TIKV_REQUEST_TIMEOUT_SECS: ['', '3'] },
  hasLinks: true,
  nodes: { fewest: 2, most: 4 },
};

const outcome = (state: TrialOutcome['state'], found: readonly string[] = []): TrialOutcome => ({
  state,
  found,
  message: found.join(', '),
  seconds: 20,
  load: 14,
});
const hasFault = ({ faults }: Trial, kind: string): boolean => faults.some(({ what }) => what.startsWith(kind));

/** An invented cluster: it loses data where `loses` says so. */
async function exploreInvented(
  loses: (trial: Trial) => boolean,
  change: { most?: number; limit?: number; recorded?: RecordedRun[]; space?: Space; corpus?: Trial[] } = {},
): Promise<Exploration & { readonly log: RecordedRun[]; readonly ran: number }> {
  const { most = 100, limit = Number.POSITIVE_INFINITY, recorded = [], space = SPACE, corpus = [] } = change;
  const log = [...recorded];
  const ran = { runs: 0 };
  const result = await explore({
    space,
    firstSeed: 1,
    most,
    corpus,
    recorded,
    isOver: () => ran.runs >= limit,
    async run(trial) {
      ran.runs++;
      return loses(trial) ? outcome('anomaly', ['atomicity: lost']) : outcome('nothing');
    },
    async onRun(run) {
      log.push(run);
    },
  });
  return { ...result, log, ran: ran.runs };
}

const needsCrashAndAsync = (trial: Trial): boolean =>
  hasFault(trial, 'crash') && trial.settings.SURREAL_TIKV_ASYNC_COMMIT === '';
const needsKillAndTimeout = (trial: Trial): boolean =>
  hasFault(trial, 'kill') && trial.settings.SURREAL_TIKV_REQUEST_TIMEOUT_SECS === '3';

test('what needs one fault and a default setting is shrunk to exactly those', async () => {
  const { findings } = await exploreInvented(needsCrashAndAsync);
  const [finding, ...others] = findings;
  assert.ok(finding);
  assert.equal(others.length, 0);
  assert.deepEqual(finding.repeats, { found: 3, runs: 3 });
  assert.equal(finding.isSmallest, true);
  assert.deepEqual(
    faultTexts(finding.smallest).map((it) => it.split('@')[0]?.slice(0, 5)),
    ['crash'],
  );
  assert.match(faultTexts(finding.smallest)[0] ?? '', /\+1s$/);
  assert.deepEqual(changedSettings(finding.smallest), {});
  assert.deepEqual([finding.smallest.latency, finding.smallest.users, finding.smallest.nodes], [0, 8, 2]);
  assert.deepEqual(neededBy(finding), [faultTexts(finding.smallest)[0], 'the default of SURREAL_TIKV_ASYNC_COMMIT']);
  assert.ok(finding.alsoBy.length > 0, 'further seeds that show it are counted with it');
});

test('what needs a setting that is not the default keeps that one, and no other', async () => {
  const { findings } = await exploreInvented(needsKillAndTimeout);
  const [finding] = findings;
  assert.ok(finding);
  assert.deepEqual(changedSettings(finding.smallest), { SURREAL_TIKV_REQUEST_TIMEOUT_SECS: '3' });
  assert.deepEqual(neededBy(finding), [faultTexts(finding.smallest)[0], 'SURREAL_TIKV_REQUEST_TIMEOUT_SECS=3']);
});

test('two causes of the same anomaly are two findings', async () => {
  const { findings } = await exploreInvented((it) => needsCrashAndAsync(it) || needsKillAndTimeout(it));
  const needs = findings.map((it) => neededBy(it).map((text) => text.split(':')[0]?.slice(0, 5)));
  assert.ok(needs.some(([fault]) => fault === 'crash'));
  assert.ok(needs.some(([fault]) => fault === 'kill'));
});

test('what two faults need together keeps both', async () => {
  const { findings } = await exploreInvented((it) => hasFault(it, 'crash') && hasFault(it, 'partition'));
  const [finding] = findings;
  assert.ok(finding);
  assert.deepEqual(finding.smallest.faults.map(({ what }) => what).sort(), ['crash:surreal-N', 'partition:tikv-N']);
  assert.equal(neededBy(finding).length, 2);
});

test('what shows once in a while is shrunk as well, and never to a trial that cannot show it', async () => {
  const random = randomStream(7);
  const { findings } = await exploreInvented((it) => needsCrashAndAsync(it) && random() < 0.7);
  for (const { smallest } of findings) assert.ok(needsCrashAndAsync(smallest));
});

test('an exploration that was stopped at any moment, and resumed, ends as one that was not', async () => {
  const whole = await exploreInvented(needsCrashAndAsync, { most: 20 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.ran }), async (limit) => {
      const stopped = await exploreInvented(needsCrashAndAsync, { most: 20, limit });
      assert.equal(stopped.ran, limit);
      const resumed = await exploreInvented(needsCrashAndAsync, { most: 20, recorded: stopped.log });
      assert.deepEqual(resumed.findings, whole.findings);
      assert.equal(stopped.ran + resumed.ran, whole.ran);
    }),
    { numRuns: 25 },
  );
});

test('without a defect there is no finding, and each seed is run once', async () => {
  const { findings, seeds, ran } = await exploreInvented(() => false, { most: 30 });
  assert.deepEqual([findings.length, seeds, ran], [0, 30, 30]);
});

test('without faults the exploration is a soak', async () => {
  const space = { ...SPACE, fewest: 0, most: 0 };
  const { log } = await exploreInvented(() => false, { most: 10, space });
  for (const { key } of log) assert.doesNotMatch(key, /--fault (?!slow)/);
});

test('a trial of the corpus comes first', async () => {
  const known = drawTrial(SPACE, 99);
  const { log } = await exploreInvented(() => false, { most: 1, corpus: [known] });
  assert.deepEqual(
    log.map(({ key }) => key),
    [keyOf(known), keyOf(drawTrial(SPACE, 1))],
  );
});

test('drawn trials are possible, follow from their seed, and differ', () => {
  const keys = new Set<string>();
  for (let seed = 0; seed < 300; seed++) {
    const trial = drawTrial(SPACE, seed);
    assert.ok(isPossible(trial), keyOf(trial));
    assert.equal(keyOf(trial), keyOf(drawTrial(SPACE, seed)));
    keys.add(keyOf(trial));
  }
  assert.equal(keys.size, 300);
});

test('two faults that take down one server at the same time are not possible', () => {
  const fault = { what: 'crash:surreal-N', server: 1, start: 1, duration: 1, onAck: true, again: false };
  const trial = { ...drawTrial(SPACE, 1), nodes: 3 };
  // The first may wait two seconds for an acknowledgement, and the node takes as long to start.
  assert.equal(isPossible({ ...trial, faults: [fault, { ...fault, what: 'kill:surreal-N', start: 4 }] }), false);
  assert.equal(isPossible({ ...trial, faults: [fault, { ...fault, what: 'kill:surreal-N', start: 5 }] }), true);
});

test('while nodes are restarted in turn, nothing else takes one down', () => {
  const fault = { what: 'crash:surreal-N', server: 1, start: 9, duration: 1, onAck: false, again: false };
  const restarts = { ...fault, what: 'rolling-restart:surreal', start: 1 };
  const trial = { ...drawTrial(SPACE, 1), nodes: 3 };
  assert.equal(isPossible({ ...trial, faults: [restarts] }), true);
  assert.equal(isPossible({ ...trial, faults: [restarts, fault] }), false);
  assert.equal(
    isPossible({
      ...trial,
      faults: [
        { ...restarts, start: 11 },
        { ...fault, start: 2 },
      ],
    }),
    true,
  );
});

test('the rarer a finding, the more runs without it say that a change matters', () => {
  assert.equal(runsToExclude(3, 3), 3);
  assert.ok(runsToExclude(1, 3) > runsToExclude(2, 3));
});
