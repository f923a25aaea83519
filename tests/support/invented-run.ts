import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { RunSummary } from '../../lib/core/verdict/summary.ts';
import type { RunRecord, VerdictRecord } from '../../lib/node/report/report-data.ts';

export interface Shape {
  readonly operations: number;
  /** Milliseconds. */
  readonly length: number;
  /** Put wherever text of a server or a record may appear. */
  readonly text?: string;
  /** As Ctrl-C leaves it: no summary and no verdict. */
  readonly interrupted?: boolean;
  /** The history has not even its first line. */
  readonly emptyHistory?: boolean;
  /** How many faults there were, one after the other. */
  readonly faults?: number;
  /** Of a summary, milliseconds; there is none without it. */
  readonly p95?: number;
  /** Of the run among others: a day each. */
  readonly number?: number;
  /** Every fifth operation is tried several times. */
  readonly conflicts?: boolean;
  /** A load in twelve rungs of 100 to 1200 iterations a second, too much for its target from 1100 on. */
  readonly rising?: boolean;
}

/** Writes the folder of a run that was never made, for tests of what reads it. */
export async function inventRun(folder: string, shape: Shape): Promise<void> {
  const { operations, length, text = 'x', interrupted = false, faults = 0, p95, number = 0, rising } = shape;
  await mkdir(folder, { recursive: true });
  const run: RunRecord = {
    id: 'recorded',
    started: `2026-01-${String(number + 1).padStart(2, '0')}T03:04:05.000Z`,
    ended: '2026-01-02T03:14:05.000Z',
    interrupted,
    scenario: 'writes',
    command: `npm run load -- writes '${text}'`,
    settings: {
      profile: rising ? 'breakpoint' : 'load',
      seed: 1,
      auth: text,
      duration: 90_000,
      mix: { bank: 2, crud: 1 },
    },
    plan: {
      model: 'open',
      vus: 10,
      measured: rising ? rungsOf(length) : [{ name: 'writes', start: 0, milliseconds: length }],
      loadEnds: length,
    },
    target: {
      kind: 'external',
      description: text,
      notes: [text],
      version: text,
      nodes: [{ name: 'surreal-1', url: 'http://127.0.0.1:1' }],
    },
    k6: { version: '2.2.0', source: 'PATH' },
    machine: { cores: 2, cpu: text },
  };
  const verdict: VerdictRecord = {
    state: 'fail',
    headline: text,
    findings: [
      { kind: 'correctness', message: text },
      { kind: 'performance', message: text },
    ],
    bottleneck: text,
    limits: [],
    checks: [
      {
        checker: 'writes',
        valid: 'invalid',
        counts: { writes: operations },
        anomalies: [
          {
            kind: 'lost',
            count: 1,
            first: {
              message: text,
              operations: [
                { process: 1, f: 'create', value: text, node: text, protocol: 'sql', start: 1, outcome: 'ok' },
              ],
            },
          },
        ],
        explanation: text,
      },
    ],
  };
  await writeFile(join(folder, 'run.json'), JSON.stringify(run));
  if (!interrupted) await writeFile(join(folder, 'verdict.json'), JSON.stringify(verdict));
  if (p95 !== undefined) await writeFile(join(folder, 'summary.json'), JSON.stringify(inventSummary(operations, p95)));
  if (faults > 0) await writeFile(join(folder, 'faults.json'), JSON.stringify(inventFaults(faults, length, text)));
  await writeFile(join(folder, 'timeline.json'), JSON.stringify({ timeline: 1, samples: inventSamples(length) }));
  const history = shape.emptyHistory ? [] : historyLines(shape);
  await pipeline(history, createGzip({ level: 1 }), createWriteStream(join(folder, 'history.ndjson.gz')));
}

const RUNGS = 12;
const rungsOf = (length: number) =>
  Array.from({ length: RUNGS }, (_, rung) => ({
    name: `writes_rung_${rung + 1}`,
    start: (rung * length) / RUNGS,
    milliseconds: length / RUNGS,
    rate: 100 * (rung + 1),
  }));

function inventSummary(operations: number, p95: number): RunSummary {
  const outcomes = { ok: operations, conflict: 0, failed: 0, unknown: 0 };
  const latency = { p50: p95 / 2, p90: p95, p95, p99: p95 * 2, p999: p95 * 3, max: p95 * 4 };
  const parts = { byScenario: {}, byOperation: {}, byNode: {}, byProtocol: {} };
  const phase = { name: 'writes', seconds: 10, dropped: 0, outcomes, perSecond: 100, latency, ...parts };
  return {
    summary: 1,
    scenario: 'writes',
    model: 'open',
    phases: [phase],
    conflicts: 0,
    limits: [],
    apart: { nodeNames: [], protocols: [] },
    metrics: {},
  };
}

function inventFaults(count: number, length: number, text: string) {
  const windows = Array.from({ length: count }, (_, index) => {
    const start = (index * length) / count;
    const end = start + length / count / 3;
    const fault = `kill:surreal-1@${start}ms+${end - start}ms`;
    return {
      fault,
      kind: 'kill',
      who: ['surreal-1'],
      planned: { start, end },
      began: start,
      healed: end,
      notes: [text],
    };
  });
  return { faults: 1, windows };
}

function inventSamples(length: number) {
  return Array.from({ length: Math.floor(length / 500) }, (_, index) => ({
    at: index * 500,
    busy: 1,
    usage: { 'surreal-1': { cpu: 0.5 + (index % 7) / 20, memory: 90e6 + index }, k6: { cpu: 0.3, memory: 120e6 } },
  }));
}

/** Lines of a history in pieces, so that a long one never is in memory as a whole. */
export function* historyLines({
  operations,
  length,
  text = 'x',
  conflicts = false,
  rising = false,
}: Shape): Generator<string> {
  yield `${JSON.stringify({ history: 1, scenario: 'writes', seed: 1, nodes: ['surreal-1', 'surreal-2'] })}\n`;
  const protocols = ['sql', 'rest', 'graphql'];
  let piece = '';
  for (let index = 0; index < operations; index++) {
    const start = (index * length) / operations;
    const isTooMuch = rising && index >= (operations * (RUNGS - 2)) / RUNGS;
    const latency = (1 + ((index * 7919) % 1000) ** 2 / 20_000) * (isTooMuch ? 20 : 1);
    const tries = conflicts && index % 5 === 0 ? `"attempts":2,"tries":[${latency / 3},${latency / 3}],` : '';
    const outcome = index % 997 === 0 ? '"error":"timeout","outcome":"unknown"' : '"outcome":"ok"';
    piece += `{"process":${index % 100},"f":"create","node":"surreal-${(index % 2) + 1}","protocol":"${protocols[index % 3]}","start":${start.toFixed(3)},"end":${(start + latency).toFixed(3)},"key":${JSON.stringify(text)},${tries}${outcome}}\n`;
    if (piece.length > 1 << 16) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}
