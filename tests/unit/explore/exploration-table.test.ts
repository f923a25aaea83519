import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ExplorationFinding, RecordedRun } from '../../../lib/core/explore/exploration.ts';
import { explorationSummary, explorationTable } from '../../../lib/core/explore/exploration-table.ts';
import { keyOf, type Trial } from '../../../lib/core/explore/trial.ts';
import { loadExploration, saveExploration } from '../../../lib/node/explore/exploration-file.ts';
import { writeExplorationPage } from '../../../lib/node/explore/exploration-page.tsx';

const SMALLEST: Trial = {
  scenario: 'transactions',
  seed: 12,
  faults: [{ what: 'crash:surreal-N', server: 2, start: 3, duration: 1, onAck: true, again: true }],
  latency: 10,
  settings: { SURREAL_TIKV_ASYNC_COMMIT: '' },
  users: 16,
  routing: 'round-robin',
  nodes: 2,
};
const FINDING: ExplorationFinding = {
  seed: 12,
  found: ['atomicity: lost'],
  message: 'A transaction was acknowledged, but none of its records is there <at the end>.',
  runs: ['2026-11-30_transactions_smoke'],
  repeats: { found: 3, runs: 3 },
  smallest: SMALLEST,
  isSmallest: true,
  needs: [
    {
      without: 'crash:surreal-2@3s+1s',
      instead: 'no such fault',
      trial: SMALLEST,
      found: 0,
      runs: 3,
      verdict: 'needed',
    },
    { without: 'the default of A', instead: 'A=false', trial: SMALLEST, found: 2, runs: 2, verdict: 'not needed' },
    { without: 'the default of B', instead: 'B=3', trial: SMALLEST, found: 0, runs: 1, verdict: 'undecided' },
  ],
  alsoBy: [15, 19],
};
const RUNS: RecordedRun[] = [
  {
    key: keyOf(SMALLEST),
    outcome: { state: 'anomaly', found: FINDING.found, message: '', run: 'r1', seconds: 22, load: 16 },
  },
  { key: 'other', outcome: { state: 'refused', found: [], message: 'no', seconds: 1, load: 16 } },
];
const EXPLORATION = { seeds: 2, findings: [FINDING] };
const commandOf = (trial: Trial): string => `npm run load -- ${keyOf(trial)}`;

test('the table names seed, anomaly, repeats, needs and the smallest command', () => {
  const text = explorationTable(EXPLORATION, commandOf);
  assert.match(text, /^12 +atomicity: lost +3 of 3 +crash:surreal-2@3s\+1s$/m);
  assert.match(
    text,
    /smallest: npm run load -- transactions --node-count 2 .*--fault crash:surreal-2@3s\+1s,every=4s,when=ack/,
  );
  assert.match(text, /^ +not needed: the default of A \(2 of 2 with A=false\)$/m);
  assert.match(text, /^ +undecided: the default of B \(0 of 1 with B=3\)$/m);
  assert.match(text, /the same by 2 further seeds: 15, 19/);
  assert.equal(explorationTable({ seeds: 3, findings: [] }, commandOf), '');
});

test('a finding that was not seen again says so, and one that was not shrunk to the end', () => {
  const rare = { ...FINDING, repeats: { found: 0, runs: 3 }, needs: [], isSmallest: false };
  assert.match(explorationTable({ seeds: 1, findings: [rare] }, commandOf), /0 of 3 +unknown: it did not show again/);
  const stopped = { ...FINDING, needs: [], isSmallest: false };
  assert.match(explorationTable({ seeds: 1, findings: [stopped] }, commandOf), /not shrunk to the end yet/);
});

test('the summary counts runs by what they came to, and what they cost beyond their load', () => {
  assert.match(
    explorationSummary(EXPLORATION, RUNS),
    /2 seeds in 2 runs: 1 finding\. 0 runs found nothing, 1 an anomaly/,
  );
  assert.match(explorationSummary(EXPLORATION, RUNS), /took 6\.0 s at most beyond its load/);
});

test('an exploration is saved and read again; its page escapes what it shows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'explore '));
  try {
    const request = {
      target: 'native' as const,
      store: undefined,
      fixed: {},
      space: { scenarios: ['set'], withoutRouting: [], faults: [], fewest: 0, most: 0, settings: {}, hasLinks: false },
      firstSeed: 7,
      corpus: [SMALLEST],
    };
    await saveExploration(folder, { request, exploration: EXPLORATION, runs: RUNS });
    const read = await loadExploration(folder);
    assert.deepEqual(read.exploration, EXPLORATION);
    assert.deepEqual(read.runs, RUNS);
    assert.equal(keyOf(read.request.corpus[0] ?? SMALLEST), keyOf(SMALLEST));
    const page = await writeExplorationPage(folder, {
      exploration: EXPLORATION,
      runs: RUNS,
      target: 'native',
      commandOf,
    });
    const html = await readFile(page, 'utf8');
    assert.match(html, /&lt;at the end/);
    assert.match(html, /href="\.\.\/r1\/report\.html"/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
