// How fast the checkers are, and how much memory they take, on perfect histories: nothing ends a search early. Each checker
// runs in a process of its own, with the whole history in memory; peak memory includes it. A changefeed is checked while its history
// is read from a file, and the time includes that.
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import Table from 'text-table';
import { $ } from 'zx';
import { checkAppend } from '../lib/core/checkers/append/append.ts';
import { checkBank } from '../lib/core/checkers/bank.ts';
import { checkCounter } from '../lib/core/checkers/counter.ts';
import { checkReadAfterWrite } from '../lib/core/checkers/read-after-write.ts';
import { checkRegister } from '../lib/core/checkers/register/register.ts';
import { checkSession } from '../lib/core/checkers/session-guarantees.ts';
import { checkSetFull } from '../lib/core/checkers/set/set-full.ts';
import type { CheckVerdict } from '../lib/core/checkers/shared/check-verdict.ts';
import { checkUnique } from '../lib/core/checkers/unique.ts';
import type { HistoryHeader, Operation } from '../lib/core/history/history.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { checkHistory } from '../lib/node/load/checks.ts';
import { readHistory } from '../lib/node/load/history/history-file.ts';
import * as histories from './histories.ts';

const MILLION = Number(process.env.BENCH_OPERATIONS ?? 1_000_000);
const PROCESSES = 20;

/** For a million operations; of register for 100,000. */
const LONGEST_SECONDS = 10;
const MOST_MEGABYTES = 2000;

interface Subject {
  readonly history: () => Operation[];
  readonly check: (operations: Operation[]) => CheckVerdict;
}

/** One that is checked while its history is read. */
const CHANGEFEED = 'changefeed, from its file';

const SUBJECTS: Readonly<Record<string, Subject>> = {
  bank: {
    history: () => histories.bankHistory(MILLION, PROCESSES),
    check: (operations) => checkBank(operations, { initial: histories.BANK_BALANCES }),
  },
  counter: { history: () => histories.counterHistory(MILLION, PROCESSES), check: checkCounter },
  'set-full': { history: () => histories.setHistory(MILLION, PROCESSES), check: checkSetFull },
  unique: { history: () => histories.uniqueHistory(MILLION, PROCESSES), check: checkUnique },
  session: { history: () => histories.sessionHistory(MILLION, PROCESSES), check: checkSession },
  'read-after-write': {
    history: () => histories.readAfterWriteHistory(MILLION, PROCESSES),
    check: checkReadAfterWrite,
  },
  append: { history: () => histories.appendHistory(MILLION, PROCESSES), check: checkAppend },
  'append, real time': {
    history: () => histories.appendHistory(MILLION, PROCESSES),
    check: (operations) => checkAppend(operations, { expect: 'strict-serializable' }),
  },
  'append, snapshot isolation, real time': {
    history: () => histories.skewedHistory(MILLION, PROCESSES),
    check: (operations) => checkAppend(operations, { expect: 'strong-snapshot-isolation' }),
  },
  register: {
    history: () =>
      histories.registerHistory({ size: MILLION / 10, processes: PROCESSES, keys: 100, values: 5, unknown: 0.002 }),
    check: (operations) => checkRegister(operations, { initial: 0 }),
  },
  'register, one key': {
    history: () =>
      histories.registerHistory({ size: MILLION / 10, processes: PROCESSES, keys: 1, values: 5, unknown: 0 }),
    check: (operations) => checkRegister(operations, { initial: 0 }),
  },
};

interface Measurement {
  readonly operations: number;
  readonly verdict: string;
  readonly seconds: number;
  /** Of all threads: more than the time that passed where the collector runs beside, less where others take the cores. */
  readonly cpuSeconds: number;
  readonly historyMegabytes: number;
  readonly peakMegabytes: number;
}

async function measure({ history, check }: Subject): Promise<Measurement> {
  const operations = history();
  return measured(async () => ({ operations: operations.length, verdict: check(operations) }));
}

const measureFile = (path: string): Promise<Measurement> =>
  measured(async () => {
    const history = await readHistory(path);
    const [verdict] = checkHistory(history);
    if (verdict === undefined) throw new Error('the history names no checker');
    return { operations: MILLION, verdict };
  });

async function measured(
  work: () => Promise<{ readonly operations: number; readonly verdict: CheckVerdict }>,
): Promise<Measurement> {
  const historyMegabytes = process.memoryUsage.rss() / 1e6;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const { operations, verdict } = await work();
  const { user, system } = process.cpuUsage(cpu);
  return {
    operations,
    verdict: verdict.valid,
    seconds: (performance.now() - begin) / 1000,
    cpuSeconds: (user + system) / 1e6,
    historyMegabytes,
    peakMegabytes: process.resourceUsage().maxRSS / 1e3,
  };
}

async function main(): Promise<void> {
  const rows = [['checker', 'operations', 'verdict', 'seconds', 'CPU seconds', 'with history, MB', 'peak, MB']];
  const progress = terminalProgress();
  const beyond: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'checkers-'));
  const file = join(folder, 'history.ndjson');
  const only = process.env.BENCH_CHECKER;
  for (const name of [...Object.keys(SUBJECTS), CHANGEFEED].filter((it) => only === undefined || it.startsWith(only))) {
    progress.say(`${name} …`);
    if (name === CHANGEFEED) await writeChangefeed(file);
    const { stdout } = await $`${process.execPath} --import tsx ${fileURLToPath(import.meta.url)} ${name} ${file}`;
    const its = JSON.parse(stdout) as Measurement;
    if (its.seconds >= LONGEST_SECONDS || its.peakMegabytes >= MOST_MEGABYTES) beyond.push(name);
    rows.push([
      name,
      String(its.operations),
      its.verdict,
      its.seconds.toFixed(2),
      its.cpuSeconds.toFixed(2),
      its.historyMegabytes.toFixed(0),
      its.peakMegabytes.toFixed(0),
    ]);
  }
  await rm(folder, { recursive: true });
  console.log(Table(rows, { align: ['l', 'r', 'l', 'r', 'r', 'r', 'r'] }));
  const limits = `${LONGEST_SECONDS} s and ${MOST_MEGABYTES} MB`;
  console.log(beyond.length === 0 ? `All within ${limits}.` : `Beyond ${limits}: ${beyond.join('; ')}.`);
  if (beyond.length > 0) process.exitCode = 1;
}

/** A million changes as they are delivered: each to four consumers, and once more in the feed at the end. */
const writeChangefeed = (file: string): Promise<void> =>
  pipeline(function* () {
    const header: HistoryHeader = {
      history: 1,
      scenario: 'changefeed',
      checkers: ['changefeed'],
      seed: 1,
      nodes: ['surreal-1'],
    };
    yield `${JSON.stringify(header)}\n`;
    for (const operation of histories.changefeedHistory(MILLION / 5, PROCESSES)) yield `${JSON.stringify(operation)}\n`;
  }, createWriteStream(file));

const [name = '', path = ''] = process.argv.slice(2);
const subject = SUBJECTS[name];
if (name === CHANGEFEED) console.log(JSON.stringify(await measureFile(path)));
else if (subject !== undefined) console.log(JSON.stringify(await measure(subject)));
else await main();
