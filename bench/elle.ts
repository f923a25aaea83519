// The checker of transactions over lists against Elle (github.com/jepsen-io/elle), on the same small histories at every isolation
// level: the share of equal verdicts, and each history that differs. Elle is not on Maven Central, so its classpath is given.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'text-table';
import { $ } from 'zx';
import { ISOLATION_LEVELS, type IsolationLevel } from '../lib/core/checkers/transactions/isolation-levels.ts';
import { exportHistory } from '../lib/core/converters/export.ts';
import { HISTORY_VERSION, type History } from '../lib/core/history/history.ts';
import { randomStream } from '../lib/core/random/random.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { checkHistory } from '../lib/node/load/checks.ts';
import type { Level } from '../tests/support/database.ts';
import { simulate } from '../tests/support/simulation.ts';
import { appendWorkload } from '../tests/support/workloads.ts';

const HISTORIES = Number(process.env.BENCH_HISTORIES ?? 200);
const LEVELS: readonly Level[] = ['strict-serializable', 'serializable', 'snapshot-isolation', 'read-committed'];
const LISTS = 3;
const CLASSPATH = process.env.ELLE_CLASSPATH ?? '';

interface Question {
  readonly number: number;
  readonly level: IsolationLevel;
  readonly ours: string;
}

/** Histories of databases of each isolation level; one in three has an element too few in one of its reads. */
function histories(): History[] {
  const random = randomStream(1);
  const below = (bound: number): number => Math.floor(random() * bound);
  return Array.from({ length: HISTORIES }, (_, number) => {
    const simulation = {
      level: LEVELS[number % LEVELS.length] as Level,
      seed: below(1e9),
      processes: 1 + below(6),
      operations: 2 + below(30),
      refused: 0,
      conflict: 0.1,
      unknown: 0.1,
    };
    const operations = simulate(simulation, appendWorkload(LISTS)).map((operation) => ({ ...operation, node: '' }));
    const read = operations
      .filter(({ outcome }) => outcome === 'ok')
      .flatMap(({ value }) => value as [f: string, list: string, seen: unknown][])
      .find(([f, , seen]) => f === 'r' && Array.isArray(seen) && seen.length > 0);
    if (number % 3 === 0 && read !== undefined) read[2] = (read[2] as unknown[]).slice(1);
    return {
      header: { history: HISTORY_VERSION, scenario: 'append', seed: simulation.seed, nodes: [] },
      operations,
      damaged: 0,
    };
  });
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'elle-'));
  try {
    const all = histories();
    const pathOf = (number: number): string => join(folder, `${number}.edn`);
    for (const [number, history] of all.entries())
      await writeFile(pathOf(number), [...exportHistory(history, 'elle', false)].join(''));
    const questions = all.flatMap((history, number) =>
      ISOLATION_LEVELS.map((level): Question => {
        const [verdict] = checkHistory(history, { expect: level });
        return {
          number,
          level,
          ours: { valid: 'true', invalid: 'false', unknown: 'unknown' }[verdict?.valid ?? 'unknown'],
        };
      }),
    );
    terminalProgress().say(`${all.length} histories at ${ISOLATION_LEVELS.length} levels …`);
    const input = questions.map(({ level, number }) => `${level}\t${pathOf(number)}\n`).join('');
    const { exitCode, stdout, stderr } = await $({
      input,
      nothrow: true,
    })`java -Dclojure.main.report=none -cp ${CLASSPATH} clojure.main ${join(import.meta.dirname, 'elle/check.clj')}`;
    if (exitCode === 0) report(all, questions, stdout.trim().split('\n'));
    else {
      const reason = stderr.trim().split('\n').slice(0, 2).join(' ');
      console.error(`NOT MEASURED: Elle does not start with ELLE_CLASSPATH=${CLASSPATH}. ${reason}`);
      process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function report(all: readonly History[], questions: readonly Question[], theirs: readonly string[]): void {
  if (theirs.length !== questions.length)
    throw new Error(`Elle answered ${theirs.length} of ${questions.length} questions.`);
  const differing = questions.flatMap((question, index) =>
    question.ours === theirs[index] ? [] : [{ ...question, elle: theirs[index] }],
  );
  const rows = ISOLATION_LEVELS.map((level) => {
    const asked = questions.filter((question) => question.level === level);
    const invalid = asked.filter(({ ours }) => ours === 'false').length;
    const differ = differing.filter((question) => question.level === level).length;
    return [level, ...[asked.length, invalid, differ].map(String)];
  });
  console.log(Table([['level', 'histories', 'invalid', 'differ'], ...rows], { align: ['l', 'r', 'r', 'r'] }));
  for (const { number, level, ours, elle } of differing)
    console.log(`seed ${all[number]?.header.seed} at ${level}: ours ${ours}, Elle ${elle}`);
  console.log(`${questions.length - differing.length} of ${questions.length} verdicts are equal.`);
  if (differing.length > 0) process.exitCode = 1;
}

await main();
