// The register checker against Porcupine, on the same histories in one run: equal verdicts, and the ratio of their times.
// Needs Go. Porcupine checks registers in parallel, so it is measured on all cores and on one; ours uses one.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'text-table';
import { $ } from 'zx';
import { checkRegister } from '../lib/core/checkers/register/register.ts';
import { readJepsenLog } from '../lib/core/converters/jepsen-log.ts';
import { recogniseFormat } from '../lib/core/converters/recognise.ts';
import type { Operation } from '../lib/core/history/history.ts';
import { randomStream } from '../lib/core/random/random.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';
import { type RegisterShape, registerHistory } from './histories.ts';

/** Each checker's best of so many runs counts. */
const ROUNDS = 3;

/** Ours against Porcupine's on all cores. */
const MOST_TIMES = 1.5;

const SMALL_HISTORIES = 400;

const wanted: RegisterShape = { size: 100_000, processes: 20, keys: 100, values: 5, unknown: 0 };
const SHAPES: Readonly<Record<string, RegisterShape>> = {
  '100,000 operations, 100 keys, 5 values': wanted,
  'the same, all values different': { ...wanted, values: 0 },
  'the same, 1 % unknown': { ...wanted, values: 0, unknown: 0.01 },
  'the same, 5 values, 0.2 % unknown': { ...wanted, unknown: 0.002 },
  'the same, one stale read': { ...wanted, values: 0, falsified: true },
  'one key, 10,000 operations': { ...wanted, size: 10_000, keys: 1 },
  'one key, 10,000 operations, all different': { ...wanted, size: 10_000, keys: 1, values: 0 },
};

interface Measured {
  readonly verdict: string;
  readonly seconds: number;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'porcupine-'));
  try {
    const program = join(folder, 'porcupine');
    await $({ cwd: join(PROJECT_ROOT, 'bench/porcupine') })`go build -o ${program} .`;
    await compareGenerated(program, folder);
    await compareSmall(program, folder);
    await compareEtcdLogs(program, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compareGenerated(program: string, folder: string): Promise<void> {
  const progress = terminalProgress();
  const slower: string[] = [];
  const rows = [['history', 'verdict', 'ours', 'Porcupine', 'on one core', 'ratio', 'ratio, one core']];
  for (const [name, shape] of Object.entries(SHAPES)) {
    progress.say(`${name} …`);
    const operations = registerHistory(shape);
    const file = join(folder, 'history.ndjson');
    await writeFile(file, ndjson(operations));
    const ours: Measured[] = [];
    const all: Measured[] = [];
    const one: Measured[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(measure(operations, 0));
      // One round suffices where Porcupine runs into its time limit.
      if (all.at(-1)?.verdict === 'unknown') continue;
      all.push(...(await porcupine(program, ['-initial', '0', file])));
      one.push(...(await porcupine(program, ['-initial', '0', file], { GOMAXPROCS: '1' })));
    }
    const [a, b, c] = [best(ours), best(all), best(one)];
    if (a.seconds > MOST_TIMES * b.seconds) slower.push(name);
    const agrees = a.verdict === b.verdict;
    rows.push([
      name,
      agrees ? a.verdict : `ours ${a.verdict}, Porcupine ${b.verdict}`,
      ...[a, b, c].map(({ seconds }) => `${seconds.toFixed(3)} s`),
      ...[b, c].map(({ seconds }) => (a.seconds / seconds).toFixed(3)),
    ]);
    if (!agrees && b.verdict !== 'unknown') process.exitCode = 1;
  }
  console.log(Table(rows, { align: ['l', 'l', 'r', 'r', 'r', 'r', 'r'] }));
  console.log(
    slower.length === 0
      ? `All within ${MOST_TIMES} times Porcupine's time.`
      : `Longer than ${MOST_TIMES} times Porcupine: ${slower.join('; ')}.`,
  );
  if (slower.length > 0) process.exitCode = 1;
}

/** Small histories of all kinds, half of them with a false read: the verdicts must be the same. */
async function compareSmall(program: string, folder: string): Promise<void> {
  const random = randomStream(1);
  const upTo = (bound: number): number => 1 + Math.floor(random() * bound);
  const histories = Array.from({ length: SMALL_HISTORIES }, () =>
    registerHistory({
      size: 20 + upTo(300),
      processes: 1 + upTo(6),
      keys: upTo(3),
      values: random() < 0.5 ? 0 : 1 + upTo(4),
      unknown: random() < 0.5 ? 0 : 0.02,
      seed: upTo(1e9),
      falsified: random() < 0.5,
    }),
  );
  report(`${histories.length} small histories`, await compareAll(program, folder, histories, 0));
}

async function compareEtcdLogs(program: string, folder: string): Promise<void> {
  const { stdout } = await $({
    cwd: join(PROJECT_ROOT, 'bench/porcupine'),
  })`go list -m -f {{.Dir}} github.com/anishathalye/porcupine`;
  const logs = join(stdout.trim(), 'test_data/jepsen');
  const texts = await Promise.all((await readdir(logs)).sort().map((log) => readFile(join(logs, log), 'utf8')));
  const histories = texts
    .filter((text) => recogniseFormat(text) === 'jepsen-log')
    .map((text) => [...readJepsenLog(text).operations]);
  report(`${histories.length} Jepsen logs of etcd`, await compareAll(program, folder, histories, null));
}

interface Comparison {
  readonly ours: readonly Measured[];
  readonly theirs: readonly Measured[];
}

async function compareAll(
  program: string,
  folder: string,
  histories: readonly Operation[][],
  initial: number | null,
): Promise<Comparison> {
  const files = await Promise.all(
    histories.map(async (operations, index) => {
      const file = join(folder, `${index}.ndjson`);
      await writeFile(file, ndjson(operations));
      return file;
    }),
  );
  const first = initial === null ? [] : ['-initial', String(initial)];
  const theirs = await porcupine(program, [...first, ...files]);
  return { ours: histories.map((operations) => measure(operations, initial)), theirs };
}

function report(what: string, { ours, theirs }: Comparison): void {
  const decided = ours.filter((_, index) => theirs[index]?.verdict !== 'unknown');
  const invalid = ours.filter(({ verdict }) => verdict === 'invalid').length;
  const differ = ours.filter(({ verdict }, index) => {
    const other = theirs[index]?.verdict;
    return verdict !== other && other !== 'unknown';
  }).length;
  const sum = (measured: readonly Measured[]): string =>
    measured.reduce((total, { seconds }) => total + seconds, 0).toFixed(3);
  console.log(
    `${what}, ${invalid} of them invalid: ${differ} of ${decided.length} verdicts differ; ours ${sum(ours)} s, Porcupine ${sum(theirs)} s`,
  );
  if (differ > 0) process.exitCode = 1;
}

const ndjson = (operations: readonly Operation[]): string =>
  operations.map((operation) => `${JSON.stringify(operation)}\n`).join('');

function measure(operations: readonly Operation[], initial: unknown): Measured {
  const begin = performance.now();
  const { valid } = checkRegister(operations, { initial });
  return { verdict: valid, seconds: (performance.now() - begin) / 1000 };
}

async function porcupine(program: string, parameters: string[], env: Record<string, string> = {}): Promise<Measured[]> {
  const { stdout } = await $({ env: { ...process.env, ...env } })`${program} ${parameters}`;
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [verdict = '', seconds] = line.split(' ');
      return { verdict, seconds: Number(seconds) };
    });
}

const best = (measured: readonly Measured[]): Measured =>
  measured.reduce((fastest, each) => (each.seconds < fastest.seconds ? each : fastest));

await main();
