import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { validateXML } from 'xmllint-wasm';
import { compareRounds, DEFAULT_TOLERANCE } from '../../../lib/core/comparison/compare-rounds.ts';
import { conclude } from '../../../lib/core/comparison/comparison-verdict.ts';
import {
  casesOfComparison,
  casesOfRun,
  type GateEntryResult,
  gateExitCode,
  gateHeadline,
  stateOf,
} from '../../../lib/core/gate/gate-verdict.ts';
import { parseLimits } from '../../../lib/core/verdict/limits.ts';
import type { LimitResult } from '../../../lib/core/verdict/summary.ts';
import { type GateRecord, gateMarkdown, writeGate } from '../../../lib/node/gate/gate-record.ts';
import { junitXml } from '../../../lib/node/gate/junit.ts';
import { thisMachine } from '../../../lib/node/system/machine.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { temporaryFolder } from '../../support/commands.ts';
import { inventRounds } from '../../support/rounds.ts';

const common = parseLimits('common', JSON.parse(await readFile(join(PROJECT_ROOT, 'thresholds/common.json'), 'utf8')));

function limit(requirement: string, state: LimitResult['state']): LimitResult {
  const found = common.find((one) => one.requirement === requirement);
  assert.ok(found !== undefined);
  return { limit: found, state, measured: 3 };
}

const LOST = { kind: 'correctness', message: 'lost × 1: writes:x was acknowledged but is not there.' } as const;
const BUSY = { kind: 'validity', message: 'k6 did not keep its schedule.' } as const;

test('a run: wrong answers fail, an untrusted run proves nothing, a fixed limit on speed counts only where it was set', () => {
  const judge = (...args: Parameters<typeof casesOfRun>) => stateOf(casesOfRun(...args));
  const clean = { findings: [], limits: [limit('PR-002', 'held'), limit('SC-002', 'held')], ownLimits: false };
  assert.equal(judge(clean), 'pass');
  assert.equal(judge({ ...clean, findings: [LOST] }), 'fail');
  assert.equal(judge({ ...clean, findings: [BUSY] }), 'invalid');
  assert.equal(judge({ ...clean, findings: [LOST, BUSY] }), 'fail');
  assert.equal(judge({ ...clean, limits: [limit('SC-002', 'broken')] }), 'fail');
  assert.equal(judge({ ...clean, limits: [limit('VAL-001', 'broken')] }), 'invalid');
  assert.equal(judge({ ...clean, limits: [limit('PR-002', 'broken')] }), 'pass');
  assert.equal(judge({ ...clean, limits: [limit('PR-002', 'broken')], ownLimits: true }), 'fail');
  const few = limit('PR-002', 'too few samples');
  const message = `Too few operations to judge "${few.limit.title}": run longer.`;
  const unjudged = { ...clean, limits: [few], findings: [{ kind: 'validity', message } as const] };
  assert.equal(judge(unjudged), 'pass');
  assert.equal(judge({ ...unjudged, ownLimits: true }), 'invalid');
});

function comparison(level: number, trouble: Record<string, readonly { kind: string; message: string }[]> = {}) {
  const [a, b] = [inventRounds(1, 12, 1, 0.02), inventRounds(2, 12, level, 0.02)];
  const metrics = compareRounds(a, b, { design: 'paired', tolerance: DEFAULT_TOLERANCE });
  const rounds = a.flatMap((_, pair) => ['a', 'b'].map((arm) => ({ arm, pair, findings: trouble[arm + pair] ?? [] })));
  return { rounds, metrics, conclusion: conclude(rounds, metrics, { wanted: 12 }) };
}

test('a comparison: only what is worse fails; a wrong answer of the candidate does, however fast it is', () => {
  const judge = (level: number, trouble = {}, inconclusive: 'pass' | 'invalid' = 'pass') => {
    const { rounds, conclusion, metrics } = comparison(level, trouble);
    return stateOf(casesOfComparison(rounds, conclusion, metrics, inconclusive));
  };
  assert.equal(judge(1), 'pass');
  assert.equal(judge(1.3), 'fail');
  assert.equal(judge(0.5), 'pass');
  assert.equal(judge(0.5, { b3: [LOST] }), 'fail');
  assert.equal(judge(1.3, { a3: [LOST] }), 'invalid', 'a baseline that is wrong is nothing to compare with');
  assert.equal(judge(1, { a1: [BUSY], a2: [BUSY], b4: [BUSY], b5: [BUSY] }), 'invalid');
});

test('what is open passes, unless the suite needs proof', () => {
  const [a, b] = [inventRounds(1, 8, 1, 0.3), inventRounds(2, 8, 1.1, 0.3)];
  const metrics = compareRounds(a, b, { design: 'paired', tolerance: DEFAULT_TOLERANCE });
  const conclusion = conclude([], metrics, { wanted: 0 });
  assert.equal(stateOf(casesOfComparison([], conclusion, metrics, 'pass')), 'pass');
  assert.equal(stateOf(casesOfComparison([], conclusion, metrics, 'invalid')), 'invalid');
});

test('exit codes', () => {
  assert.deepEqual([gateExitCode('pass'), gateExitCode('fail'), gateExitCode('invalid')], [0, 99, 98]);
});

const HOSTILE = '</failure><script>alert(1)</script>]]>\u0000\u0008"\'&|`@everyone`\n# x';

function hostileRecord(): GateRecord {
  const { metrics } = comparison(1.3);
  const entries: GateEntryResult[] = [
    {
      name: `crud ${HOSTILE}`,
      seconds: 12.3456,
      folder: HOSTILE,
      metrics,
      cases: [
        { name: HOSTILE, state: 'fail', detail: HOSTILE },
        { name: 'proves nothing', state: 'invalid', detail: HOSTILE },
        { name: 'skipped', state: 'skipped', detail: HOSTILE },
        { name: 'held', state: 'pass', detail: HOSTILE },
      ],
    },
    { name: 'bank', seconds: 0, folder: 'x', cases: [] },
  ];
  const candidate = { name: HOSTILE, description: HOSTILE, version: HOSTILE, settings: {} };
  return {
    gate: 1,
    state: 'fail',
    headline: gateHeadline(entries, false),
    started: '2026-11-21T10:00:00.000Z',
    ended: '2026-11-21T10:09:00.000Z',
    command: HOSTILE,
    suite: 'gate.json',
    machine: thisMachine(),
    candidate,
    baseline: candidate,
    entries,
  };
}

test('JUnit XML is valid against the schema of Jenkins, whatever is in the names', async () => {
  const schema = await readFile(join(PROJECT_ROOT, 'tests/fixtures/jenkins-junit.xsd'), 'utf8');
  const { entries, started } = hostileRecord();
  const xml = junitXml(entries, new Date(started));
  const { valid, errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents: xml }], schema: [schema] });
  assert.deepEqual([valid, errors.map(({ message }) => message)], [true, []]);
  assert.match(xml, /tests="4" failures="1" errors="1" skipped="1"/);
});

test('the summary shows what failed, and nobody’s text becomes markup', () => {
  const markdown = gateMarkdown(hostileRecord());
  assert.match(markdown, /^### ✗ Performance and consistency gate: Failed/);
  assert.ok(!/<script|@everyone/.test(markdown));
  for (const line of markdown.split('\n')) assert.ok(!line.startsWith('# '), line);
  assert.ok(markdown.includes('| p50 |'));
});

test('results are written, and the summary is added to that of the job', async () => {
  await using folder = await temporaryFolder();
  const summary = join(folder.path, 'step.md');
  await writeGate(folder.path, hostileRecord(), { GITHUB_STEP_SUMMARY: summary });
  const read = (name: string) => readFile(join(folder.path, name), 'utf8');
  assert.equal((await read('step.md')).trim(), (await read('gate.md')).trim());
  assert.equal(JSON.parse(await read('gate.json')).entries[0].cases[0].detail, HOSTILE);
  assert.match(await read('junit.xml'), /^<\?xml/);
});

test('the headline is what failed first; an interrupted gate says so', () => {
  assert.match(hostileRecord().headline, /^crud [\s\S]*: /);
  assert.match(gateHeadline([], true), /interrupted/);
  assert.equal(
    gateHeadline([{ name: 'bank', seconds: 1, folder: '', cases: [{ name: 'x', state: 'pass', detail: '' }] }], false),
    '1 checks of 1 scenarios held.',
  );
});
