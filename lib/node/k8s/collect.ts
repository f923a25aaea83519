import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { given } from '../../core/given.ts';
import type { ClockSource } from '../../core/history/clocks.ts';
import { type LoadPlan, planLoad } from '../../core/load/load-plan.ts';
import { parseSettings, type Settings } from '../../core/settings/settings.ts';
import { judgeMeasurements } from '../../core/verdict/measurements.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import { type Progress, spinning } from '../cli/progress.ts';
import { concludeRun, type LoadResult } from '../load/conclude.ts';
import { mergeGenerators } from '../load/generators/merge-generators.ts';
import type { Generator } from '../load/generators/run-generators.ts';
import { suiteLimits } from '../load/measure/judge-measured.ts';
import { makeGeneratorFolder, makeRunFolder, type RunFolder } from '../load/run-folder.ts';
import { runRecord } from '../load/run-record.ts';
import { isFile } from '../system/files.ts';
import { Kubectl } from './kubectl.ts';
import { type KubernetesRun, runnerNames } from './kubernetes-run.ts';
import { readerPod } from './manifests.ts';
import { type Beginning, beginningOf, checkTogether, problemOfResults } from './runner-results.ts';

export interface Collection {
  readonly run: KubernetesRun;
  /** Folder with one folder a runner, where the results are within reach already. */
  readonly from: string | undefined;
  /** By what the clocks of the runners are compared. */
  readonly clocks: ClockSource;
}

/** Brings the results of all runners home and judges them as one run. */
export async function collect(collection: Collection, progress: Progress): Promise<LoadResult> {
  const { run, from } = collection;
  if (from !== undefined) return await judgeCollected(collection, from, progress);
  const copied = await mkdtemp(join(tmpdir(), 'surrealdb-load-collect-'));
  try {
    await copyFromCluster(run, copied, progress);
    return await judgeCollected(collection, copied, progress);
  } finally {
    await rm(copied, { recursive: true, force: true });
  }
}

/** Stages of k6-operator in which no runner writes any more. */
const ENDED = ['finished', 'stopped', 'error'];
const READER_PATIENCE_S = 300;

async function copyFromCluster(run: KubernetesRun, to: string, progress: Progress): Promise<void> {
  const kubectl = new Kubectl(run.namespace);
  const stage = await kubectl.stageOf(run.name);
  if (!ENDED.includes(stage))
    throw new Failure(
      `TestRun ${run.name} has not finished (stage "${stage}"). Collect it when its stage is "finished".`,
    );
  const reader = readerPod(run);
  const { name } = reader.metadata;
  try {
    await kubectl.apply(JSON.stringify(reader));
    await spinning(progress, `Waiting for pod ${name}`, () => kubectl.untilReady(name, READER_PATIENCE_S));
    await spinning(progress, `Copying the results of ${run.parallelism} runners`, () =>
      kubectl.copyFrom(name, '/results', to),
    );
  } finally {
    await kubectl.removePod(name);
  }
}

async function judgeCollected({ run, clocks }: Collection, from: string, progress: Progress): Promise<LoadResult> {
  const settings = parseSettings(run.env);
  const plan = planLoad(run.scenario, settings);
  const started = await beganAt(run, from);
  const folder = await makeRunFolder(run.scenario, settings.profile, started);
  const generators = await spinning(progress, 'Reading the histories', () =>
    generatorsOf(run, from, folder, plan),
  ).catch(async (error: unknown) => {
    await rm(folder.path, { recursive: true, force: true });
    throw error;
  });
  const merged = await spinning(progress, `Merging ${run.parallelism} histories`, () =>
    mergeGenerators({ generators, clocks, folder, plan, settings }),
  );
  if (merged.shares.length === 0)
    throw new Failure(
      `No runner wrote a summary to ${from}. See their logs for the cause (kubectl logs job/${run.name}-1).`,
    );
  return await concludeRun({
    folder,
    plan,
    settings,
    describe: () => describe(run, settings, plan, folder, started),
    interrupted: false,
    merged,
    shares: merged.shares,
    injected: undefined,
    measured: await unseenLimits(settings),
    usage: [],
    bottleneck: NOBODY_LOOKED,
    deaths: [],
    report: true,
  });
}

const NOBODY_LOOKED = "CPU and memory of the pods were not measured; see the cluster's monitoring.";

/** What one would have to look at from within the cluster. */
async function unseenLimits(settings: Settings) {
  const reason = 'pods are not measured';
  return judgeMeasurements(await suiteLimits(settings), {
    set_up: reason,
    node_start_up: reason,
    node_memory: reason,
    generator_cpu: reason,
  });
}

function describe(run: KubernetesRun, settings: Settings, plan: LoadPlan, folder: RunFolder, started: Date) {
  return runRecord({
    folder,
    started,
    ended: new Date(started.getTime() + plan.loadEnds),
    interrupted: false,
    scenario: run.scenario,
    settings,
    plan,
    command: run.command,
    target: {
      kind: 'kubernetes',
      description: `${settings.nodes.length} nodes, loaded by ${run.parallelism} pods of namespace ${run.namespace}`,
      notes: [NOBODY_LOOKED],
      version: 'version not asked',
      singleEngine: false,
      nodes: settings.nodes.map((url, index) => ({ name: `surreal-${index + 1}`, url })),
    },
    k6: { version: run.k6, source: 'image' },
    machine: { generators: run.parallelism, cores: run.cpu, memory: run.memory },
  });
}

/** The wall clock at the first runner's time 0. */
async function beganAt(run: KubernetesRun, from: string): Promise<Date> {
  const [first = ''] = runnerNames(run);
  return new Date((await beginningOf(join(from, first, 'history.ndjson'))) ?? Date.now());
}

/** Copies what each runner has left into the run's folder. @throws UsageError if no runner has left anything of this run */
async function generatorsOf(run: KubernetesRun, from: string, folder: RunFolder, plan: LoadPlan): Promise<Generator[]> {
  const there: string[] = await readdir(from).catch(() => []);
  const names = runnerNames(run);
  if (!names.some((name) => there.includes(name)))
    throw new UsageError(`${from} contains no results of ${run.name}. It must contain ${names.join(', ')}.`);
  const beginnings = await Promise.all(
    names.map(async (pod) => ({ pod, began: await beginningOf(join(from, pod, 'history.ndjson')) })),
  );
  checkTogether(
    run,
    beginnings.filter((each): each is Beginning => each.began !== undefined),
    plan.loadEnds,
  );
  return await Promise.all(
    names.map(async (name, index): Promise<Generator> => {
      const number = index + 1;
      const files = await makeGeneratorFolder(folder, number);
      if (!there.includes(name)) {
        await mkdir(files.path, { recursive: true });
        await writeFile(files.file('history.ndjson'), '');
        return { number, files, death: `(pod ${name}) wrote no results` };
      }
      await cp(join(from, name), files.path, { recursive: true });
      const death = await problemOfResults(run, name, files);
      if (!(await isFile(files.file('history.ndjson')))) await writeFile(files.file('history.ndjson'), '');
      return { number, files, ...given('death', death) };
    }),
  );
}
