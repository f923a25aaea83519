import { formatDuration } from '../../../core/load/duration.ts';
import { segmentOptions } from '../../../core/load/generator-share.ts';
import { Failure } from '../../cli/errors.ts';
import { spinning } from '../../cli/progress.ts';
import type { Child } from '../../process/child.ts';
import { lastLines } from '../../system/files.ts';
import { portsFrom } from '../../targets/ports.ts';
import { type K6Files, makeGeneratorFolder, type RunFolder } from '../run-folder.ts';
import { untilEnded } from './follow.ts';
import { K6Control } from './k6-control.ts';
import { type K6Run, startK6, WITH_SUMMARY } from './k6-run.ts';

/** One of several k6 processes that share a load. */
export interface Generator {
  /** From 1. */
  readonly number: number;
  readonly files: K6Files;
  /** How it ended, where it did not do its part to the end. */
  readonly death?: string;
}

interface GeneratorsRun extends Omit<K6Run, 'folder' | 'onStart'> {
  readonly folder: RunFolder;
  readonly count: number;
  readonly onStart: (k6: Child, generator: Generator) => void;
}

interface Started extends Generator {
  readonly child: Child;
  readonly control: K6Control;
}

/**
 * Runs a load by several k6 processes on this machine, each with its segment of it: one set-up for all, one start.
 * @throws Failure with k6's own words where the load could not begin, or no process came to its end
 */
export async function runGenerators(run: GeneratorsRun): Promise<Generator[]> {
  const { scenario, length, signal } = run;
  const started: Started[] = [];
  const interrupt = () => {
    for (const { child } of started) child.kill('SIGINT');
  };
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    await prepareAll(run, started);
    signal.throwIfAborted();
    await Promise.all(started.map(({ control }) => control.start()));
  } catch (error) {
    await Promise.all(started.map(({ child }) => child.stop()));
    signal.removeEventListener('abort', interrupt);
    throw error;
  }
  const title = `${scenario} for ${formatDuration(length)} by ${started.length} generators`;
  const loading = started.map(({ child, files }) => ({ child, history: files.file('history.ndjson') }));
  await untilEnded(loading, title, run);
  const endings = await Promise.all(started.map(({ child }) => child.exited));
  signal.removeEventListener('abort', interrupt);
  const generators = started.map(({ number, files }, index): Generator => {
    const { code, signal: killedBy } = endings[index] ?? { code: null, signal: null };
    if (signal.aborted || WITH_SUMMARY.includes(code)) return { number, files };
    return { number, files, death: killedBy === null ? `ended with exit code ${code}` : `was killed by ${killedBy}` };
  });
  const [first] = generators;
  if (first !== undefined && generators.every(({ death }) => death !== undefined))
    throw new Failure(
      `Every generator failed; the first ${first.death}:\n${await lastLines(first.files.file('k6.log'))}`,
    );
  return generators;
}

/** Until all wait for the start with the data of one set-up. */
async function prepareAll(run: GeneratorsRun, started: Started[]): Promise<void> {
  const { folder, count, onStart, progress } = run;
  for (const [index, port] of (await portsFrom(0, count)).entries()) {
    const files = await makeGeneratorFolder(folder, index + 1);
    const options = [
      '--paused',
      '--no-setup',
      '--no-teardown',
      `--address=127.0.0.1:${port}`,
      ...segmentOptions(index, count),
    ];
    const child = await startK6(
      { ...run, folder: files, live: index === 0 ? run.live : undefined },
      { options, of: count },
    );
    const generator = { number: index + 1, files };
    started.push({ ...generator, child, control: new K6Control(port) });
    onStart(child, generator);
  }
  await Promise.all(started.map(({ child, control, files }) => control.untilWaiting(child, files.file('k6.log'))));
  const [first, ...others] = started;
  const data = await spinning(progress, 'Setting up the scenario', async () => first?.control.setUp());
  await Promise.all(others.map(({ control }) => control.giveSetupData(data)));
}
