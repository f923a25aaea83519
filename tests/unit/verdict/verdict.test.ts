import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { planLoad } from '../../../lib/core/load/load-plan.ts';
import { parseSettings } from '../../../lib/core/settings/settings.ts';
import { type Limit, LimitsError, parseLimits, samplesNeeded } from '../../../lib/core/verdict/limits.ts';
import { exitCodeOf, judgeRun } from '../../../lib/core/verdict/run-verdict.ts';
import { limitsFor, type MetricValues, type RunSummary, summarise } from '../../../lib/core/verdict/summary.ts';

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
const common = parseLimits('common.json', await readJson('thresholds/common.json'));
const own = parseLimits('writes.json', await readJson('thresholds/writes.json'));

const GOOD: MetricValues = {
  'http_reqs{scenario:writes}': { count: 500 },
  'operation_duration{scenario:writes}': { count: 500, med: 2, 'p(95)': 5, 'p(99)': 9, max: 20 },
};

function summaryOf(metrics: MetricValues, environment: Record<string, string> = {}): RunSummary {
  const settings = parseSettings(environment);
  const plan = planLoad('writes', settings);
  const limits = limitsFor([...common, ...own], settings.profile);
  return summarise({
    scenario: 'writes',
    settings,
    plan,
    limits,
    nodeNames: ['surreal-1'],
    protocols: ['sql'],
    metrics,
  });
}

const CASES: [name: string, change: MetricValues, state: string, exitCode: number][] = [
  ['a good run', {}, 'pass', 0],
  ['a slow target', { 'operation_duration{scenario:writes}': { count: 500, 'p(95)': 150 } }, 'fail', 99],
  [
    'a latency at the limit itself',
    { 'operation_duration{scenario:writes}': { count: 500, 'p(95)': 100 } },
    'fail',
    99,
  ],
  ['a lost record', { lost_records: { count: 1 } }, 'fail', 99],
  ['a corrupted record', { corrupted_records: { count: 1 } }, 'fail', 99],
  ['an unexpected record', { unexpected_records: { count: 1 } }, 'fail', 99],
  ['a refused operation', { 'operation_errors{scenario:writes,outcome:failed}': { count: 1 } }, 'fail', 99],
  ['an unanswered operation', { 'operation_errors{scenario:writes,outcome:unknown}': { count: 1 } }, 'fail', 99],
  [
    'a generator behind its schedule',
    { 'operation_duration{scenario:writes}': { count: 450, 'p(95)': 5 } },
    'invalid',
    98,
  ],
  ['a dropped iteration', { 'dropped_iterations{scenario:writes}': { count: 1 } }, 'invalid', 98],
  ['records that were not read back', { missing_final_reads: { count: 3 } }, 'invalid', 98],
  ['more found than was to be verified', { missing_final_reads: { count: -3 } }, 'invalid', 98],
  ['too few samples', { 'operation_duration{scenario:writes}': { count: 199, 'p(95)': 5 } }, 'invalid', 98],
  [
    'a slow target and a dropped iteration',
    {
      'operation_duration{scenario:writes}': { count: 500, 'p(95)': 150 },
      'dropped_iterations{scenario:writes}': { count: 1 },
    },
    'invalid',
    98,
  ],
  [
    'a lost record and a dropped iteration',
    { lost_records: { count: 1 }, 'dropped_iterations{scenario:writes}': { count: 1 } },
    'fail',
    99,
  ],
];

for (const [name, change, state, exitCode] of CASES)
  test(`${name}: ${state}`, () => {
    const verdict = judgeRun({ summary: summaryOf({ ...GOOD, ...change }) });
    assert.equal(verdict.state, state, verdict.headline);
    assert.equal(exitCodeOf(verdict), exitCode);
  });

test('a run in which nothing was acknowledged is invalid, also where its profile has no limit of errors', () => {
  const silent = { ...GOOD, 'operation_errors{scenario:writes,outcome:unknown}': { count: 500 } };
  const verdict = judgeRun({
    summary: summaryOf(silent, { LOAD_PROFILE: 'round', LOAD_RATE: '50', LOAD_DURATION: '10s' }),
  });
  assert.equal(verdict.state, 'invalid');
  assert.match(verdict.headline, /^No operation was acknowledged: 500 were sent/);
});

test('throughput is judged over the measured part alone, and only where the load asked for more', () => {
  const rate = (environment: Record<string, string>, count: number) =>
    summaryOf({ ...GOOD, 'http_reqs{scenario:writes}': { count } }, environment).limits.find(
      ({ limit }) => limit.statistic === 'rate',
    );
  const tenSeconds = { LOAD_PROFILE: 'load', LOAD_DURATION: '10s' };
  assert.equal(rate(tenSeconds, 11_000)?.measured, 1100);
  assert.equal(rate(tenSeconds, 11_000)?.state, 'held');
  assert.equal(rate(tenSeconds, 9_000)?.state, 'broken');
  assert.equal(rate({ ...tenSeconds, LOAD_RATE: '500' }, 4_900)?.state, 'not applicable');
  assert.equal(rate({ ...tenSeconds, LOAD_VUS: '50' }, 9_000)?.state, 'broken');
});

test('breakpoint gives the highest rate below the first that broke', () => {
  const rung = (number: number, p95: number, dropped: number): MetricValues => {
    const scenario = `writes_rung_${String(number).padStart(2, '0')}`;
    return {
      [`operation_duration{scenario:${scenario}}`]: { count: number * 1000, 'p(95)': p95 },
      [`dropped_iterations{scenario:${scenario}}`]: { count: dropped },
    };
  };
  const environment = { LOAD_PROFILE: 'breakpoint', LOAD_RATE: '1200' };
  const metrics = { ...rung(1, 5, 0), ...rung(2, 9, 0), ...rung(3, 150, 0), ...rung(4, 8, 0) };
  assert.equal(summaryOf(metrics, environment).highestRate, 200);
  assert.equal(summaryOf({ ...rung(1, 5, 3) }, environment).highestRate, 0);
  assert.equal(judgeRun({ summary: summaryOf({ ...rung(1, 5, 3) }, environment) }).state, 'fail');
});

test('every file in thresholds/ is valid', async () => {
  for (const file of await readdir('thresholds')) parseLimits(file, await readJson(`thresholds/${file}`));
});

const LIMIT = own[0] as Limit;
const WRONG: [name: string, content: unknown, says: RegExp][] = [
  ['no list', {}, /limits/],
  ['an unknown field', { limits: [{ ...LIMIT, treshold: 5 }] }, /treshold/],
  ['an unknown statistic', { limits: [{ ...LIMIT, statistic: 'p95' }] }, /p\(N\)/],
  ['an unknown kind', { limits: [{ ...LIMIT, kind: 'speed' }] }, /correctness/],
  ['an unknown profile', { limits: [{ ...LIMIT, profiles: ['smok'] }] }, /smoke/],
  ['an unknown protocol', { limits: [{ ...LIMIT, tags: { protocol: 'http' } }] }, /sql, rest, graphql/],
  ['a limit without a requirement', { limits: [{ ...LIMIT, requirement: undefined }] }, /requirement/],
];
for (const [name, content, says] of WRONG)
  test(`thresholds with ${name} are refused, with file and place`, () => {
    assert.throws(
      () => parseLimits('mine.json', content),
      (error) => error instanceof LimitsError && /mine\.json/.test(error.message) && says.test(error.message),
    );
  });

test('a percentile needs ten samples beyond it', () => {
  assert.deepEqual(['p(50)', 'p(95)', 'p(99)', 'p(99.9)', 'max'].map(samplesNeeded), [20, 200, 1000, 10_000, 1]);
});
