// Reading a foreign history: transactions over lists in EDN, as text on disk. How fast its forms are parsed, how fast they become
// operations, and how much memory that takes; and that too long a history ends with exit code 98 and the reason.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import Table from 'text-table';
import { $ } from 'zx';
import { EdnReader } from '../lib/core/converters/edn/edn-reader.ts';
import { randomStream } from '../lib/core/random/random.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { readAnyHistory } from '../lib/node/load/history/foreign-file.ts';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';

const MILLION = Number(process.env.BENCH_OPERATIONS ?? 1_000_000);
const PROCESSES = 20;
const LISTS = 10;
/** Elements after which a list is followed by a new one. */
const LONGEST_LIST = 36;

/** Twice what Elle's reader does with such a file on two cores: 294 MB in 28 s. */
const LEAST_MEGABYTES_PER_SECOND = 21;
/** Heap in which three times as many operations are read, MB. */
const SMALL_HEAP = 512;
/** Of `npm run check`, for a history that is not understood or does not fit into memory. */
const UNKNOWN = 98;

/** What is done with each byte, form or operation of the file. */
const TASKS: Readonly<Record<string, (path: string) => Promise<void>>> = {
  'a look at each byte': async (path) => {
    let spaces = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Uint8Array>)
      for (let at = 0; at < chunk.length; at++) if (chunk[at] === 32) spaces++;
    if (spaces === 0) throw new Error(`${path} is empty`);
  },
  'forms of EDN': async (path) => {
    const reader = new EdnReader(() => {});
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) reader.write(chunk as Uint8Array);
    reader.end();
  },
  operations: async (path) => {
    await readAnyHistory(path);
  },
};

interface Measurement {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

async function main(): Promise<void> {
  const progress = terminalProgress();
  const folder = await mkdtemp(join(tmpdir(), 'read-'));
  try {
    const path = join(folder, 'history.edn');
    progress.say(`${MILLION} transactions …`);
    await writeTransactions(path, MILLION);
    const megabytes = (await stat(path)).size / 1e6;
    const rows = [['the file as', 'seconds', 'CPU seconds', 'MB/s', 'peak, MB']];
    let speed = 0;
    for (const name of Object.keys(TASKS)) {
      progress.say(`${name} …`);
      const { stdout } = await $`${process.execPath} --import tsx ${fileURLToPath(import.meta.url)} ${name} ${path}`;
      const { seconds, cpuSeconds, peakMegabytes } = JSON.parse(stdout) as Measurement;
      speed = megabytes / seconds;
      rows.push([name, seconds.toFixed(1), cpuSeconds.toFixed(1), speed.toFixed(0), peakMegabytes.toFixed(0)]);
    }
    console.log(`${MILLION} transactions, ${megabytes.toFixed(0)} MB`);
    console.log(Table(rows, { align: ['l', 'r', 'r', 'r', 'r'] }));
    const isFast = speed >= LEAST_MEGABYTES_PER_SECOND;
    console.log(`${isFast ? 'At least' : 'LESS THAN'} ${LEAST_MEGABYTES_PER_SECOND} MB/s as operations.`);
    progress.say(`${3 * MILLION} transactions with a heap of ${SMALL_HEAP} MB …`);
    await writeTransactions(path, 3 * MILLION);
    const isLimited = await endsWithinLimit(path);
    if (!isFast || !isLimited) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @returns whether `check` passes, or says that there is too little memory */
async function endsWithinLimit(path: string): Promise<boolean> {
  const script = join(PROJECT_ROOT, 'scripts/check.ts');
  const { exitCode, stderr } = await $({
    nothrow: true,
  })`${process.execPath} --max-old-space-size=${SMALL_HEAP} --import tsx ${script} ${path}`;
  console.log(`${3 * MILLION} transactions with a heap of ${SMALL_HEAP} MB: exit code ${exitCode}. ${stderr.trim()}`);
  return exitCode === 0 || exitCode === UNKNOWN;
}

async function measure(task: (path: string) => Promise<void>, path: string): Promise<Measurement> {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await task(path);
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - begin) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMegabytes: process.resourceUsage().maxRSS / 1e3,
  };
}

const writeTransactions = (path: string, size: number): Promise<void> =>
  pipeline(Readable.from(transactions(size)), createWriteStream(path));

interface Step {
  readonly list: number;
  /** What it appends; undefined if it reads. */
  readonly element?: number;
}

/** Invocations and completions of a database that applies each transaction when it completes. */
function* transactions(size: number): Generator<string> {
  const random = randomStream(1);
  const below = (bound: number): number => Math.floor(random() * bound);
  const lists: number[][] = [];
  let firstList = 0;
  const open: (readonly Step[] | undefined)[] = new Array(PROCESSES);
  const appended: number[] = [];
  let [index, invoked] = [0, 0];
  let text = '';
  const write = (type: string, process: number, steps: readonly string[]): void => {
    text += `{:index ${index}, :type :${type}, :process ${process}, :f :txn, :value [${steps.join(' ')}], :time ${1000 * index++}}\n`;
  };
  const begin = (): Step => {
    const list = firstList + below(LISTS);
    if (random() < 0.5) return { list };
    const element = (appended[list] ?? 0) + 1;
    appended[list] = element;
    return { list, element };
  };
  const ask = ({ list, element }: Step): string =>
    element === undefined ? `[:r ${list} nil]` : `[:append ${list} ${element}]`;
  const apply = (step: Step): string => {
    lists[step.list] ??= [];
    const list = lists[step.list] as number[];
    if (step.element === undefined) return `[:r ${step.list} [${list.join(' ')}]]`;
    if (list.push(step.element) === LONGEST_LIST) firstList++;
    return ask(step);
  };
  while (index < 2 * size) {
    const process = below(PROCESSES);
    const steps = open[process];
    if (steps !== undefined) {
      write('ok', process, steps.map(apply));
      open[process] = undefined;
    } else if (invoked < size) {
      invoked++;
      const asked = Array.from({ length: 1 + below(4) }, begin);
      write('invoke', process, asked.map(ask));
      open[process] = asked;
    }
    if (text.length > 1 << 16) {
      yield text;
      text = '';
    }
  }
  yield text;
}

const [name = '', path = ''] = process.argv.slice(2);
const task = TASKS[name];
if (task === undefined) await main();
else console.log(JSON.stringify(await measure(task, path)));
