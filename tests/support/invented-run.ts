import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { RunRecord, VerdictRecord } from '../../lib/node/report/data.ts';

interface Shape {
  readonly operations: number;
  /** Milliseconds. */
  readonly length: number;
  /** Put wherever text of a server or a record may appear. */
  readonly text?: string;
  /** As Ctrl-C leaves it: no summary and no verdict. */
  readonly interrupted?: boolean;
}

/** Writes the folder of a run that was never made, for tests of what reads it. */
export async function inventRun(
  folder: string,
  { operations, length, text = 'x', interrupted = false }: Shape,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const run: RunRecord = {
    id: 'recorded',
    started: '2026-01-02T03:04:05.000Z',
    ended: '2026-01-02T03:14:05.000Z',
    interrupted,
    scenario: 'writes',
    command: `npm run load -- writes '${text}'`,
    settings: { profile: 'load', seed: 1, note: text },
    plan: { model: 'open', vus: 10, measured: [{ name: 'writes', start: 0, milliseconds: length }], loadEnds: length },
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
  await writeFile(join(folder, 'history.ndjson.gz'), gzipSync(historyText(operations, length, text), { level: 1 }));
}

function historyText(operations: number, length: number, text: string): string {
  const lines = [JSON.stringify({ history: 1, scenario: 'writes', seed: 1, nodes: ['surreal-1', 'surreal-2'] })];
  const protocols = ['sql', 'rest', 'graphql'];
  for (let index = 0; index < operations; index++) {
    const start = (index * length) / operations;
    const latency = 1 + ((index * 7919) % 1000) ** 2 / 20_000;
    lines.push(
      `{"process":${index % 100},"f":"create","node":"surreal-${(index % 2) + 1}","protocol":"${protocols[index % 3]}","start":${start.toFixed(3)},"end":${(start + latency).toFixed(3)},"key":${JSON.stringify(text)},"outcome":"${index % 997 === 0 ? 'unknown' : 'ok'}"}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
