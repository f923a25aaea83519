import { randomInt } from 'node:crypto';
import { basename } from 'node:path';
import type { Round } from '../../core/comparison/compare-rounds.ts';
import { DEFAULT_TOLERANCE } from '../../core/comparison/compare-rounds.ts';
import { type Conclusion, validPairs, worthless } from '../../core/comparison/comparison-verdict.ts';
import {
  type ComparedEntry,
  entryEnvironment,
  type GateEntry,
  type GateSuite,
  isCompared,
  nameOf,
} from '../../core/gate/gate-suite.ts';
import {
  casesOfComparison,
  casesOfFirst,
  casesOfRun,
  type GateCase,
  type GateEntryResult,
} from '../../core/gate/gate-verdict.ts';
import { parseSettings, SETTINGS } from '../../core/settings/settings.ts';
import { Failure } from '../cli/errors.ts';
import { withFiles } from '../cli/flags.ts';
import type { Progress } from '../cli/progress.ts';
import { loadCommand } from '../compare/arms.ts';
import { type ComparisonRequest, compareTargets, measureRounds, metricsOfArm } from '../compare/compare-targets.ts';
import type { RoundRecord } from '../compare/rounds.ts';
import type { Arm } from '../compare/with-arms.ts';
import { writeComparison } from '../compare/write-comparison.ts';
import { NO_FAULTS } from '../faults/injector.ts';
import { makeFolder, makeRunFolder } from '../load/run-folder.ts';
import { checkProtocol, loadTarget } from '../load/run-load.ts';
import type { Program } from '../programs/program.ts';
import type { Baseline } from './baseline.ts';
import { compareWithKept } from './kept-comparison.ts';

/** What every entry of a gate is run with. */
export interface GateContext {
  /** B is the candidate; A the baseline, where it is measured in the same job. */
  readonly arms: readonly Arm[];
  readonly kept: Baseline | undefined;
  /** Both arms are the candidate. */
  readonly isFirst: boolean;
  readonly inconclusive: GateSuite['inconclusive'];
  /** The command that repeats the gate. */
  readonly command: string;
  readonly k6: Program;
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** An entry's result, and the candidate's rounds where it has some. */
export interface EntryOutcome {
  readonly result: GateEntryResult;
  readonly rounds?: readonly Round[];
}

/** Runs one entry. A target that cannot be measured is not a reason to leave the others out. */
export async function runEntry(entry: GateEntry, context: GateContext): Promise<EntryOutcome> {
  const started = Date.now();
  const name = nameOf(entry);
  context.progress.say(`\n${name}`);
  const timed = (result: Omit<GateEntryResult, 'name' | 'seconds'>): GateEntryResult => ({
    name,
    seconds: (Date.now() - started) / 1000,
    ...result,
  });
  try {
    if (!isCompared(entry)) return { result: timed(await runOnce(entry, context)) };
    const { rounds, ...result } = await runRounds(entry, context);
    return { result: timed(result), ...(rounds === undefined ? {} : { rounds }) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const broken: GateCase = { name: 'the scenario finished', state: 'invalid', detail: error.message };
    return { result: timed({ cases: [broken], folder: '' }) };
  }
}

type Untimed = Omit<GateEntryResult, 'name' | 'seconds'>;

const candidateOf = ({ arms }: GateContext): Arm => {
  const candidate = arms.find(({ name }) => name === 'b');
  if (candidate === undefined) throw new Error('the candidate was not brought up');
  return candidate;
};

async function runOnce(entry: GateEntry, context: GateContext): Promise<Untimed> {
  const { k6, progress, signal } = context;
  const { request, target } = candidateOf(context);
  const env = { ...(await seeded(entry)), ...request.env };
  const settings = parseSettings(env);
  checkProtocol(entry.scenario, settings, target);
  const started = new Date();
  const folder = await makeRunFolder(entry.scenario, settings.profile, started, context.folder);
  const repeat = () => loadCommand(entry.scenario, request, env);
  const { verdict, summary } = await loadTarget(
    { scenario: entry.scenario, target: request.target, settings, env, faults: NO_FAULTS, repeat },
    { target, k6, folder, started },
    progress,
    signal,
  );
  const judged = {
    findings: verdict.findings,
    limits: summary?.limits ?? [],
    ownLimits: settings.thresholds !== undefined,
  };
  const cases = casesOfRun(judged);
  const trouble = cases.find(({ state }) => state === 'fail' || state === 'invalid');
  progress.say(trouble === undefined ? 'pass' : `${trouble.state}: ${trouble.name}: ${trouble.detail}`);
  return { cases, folder: basename(folder.path) };
}

async function runRounds(entry: ComparedEntry, context: GateContext): Promise<Untimed & Pick<EntryOutcome, 'rounds'>> {
  const { arms, kept, isFirst, inconclusive, command, k6, progress, signal } = context;
  const { id, path } = await makeFolder(context.folder, `compare_${entry.scenario}`);
  const { tolerance, rounds: count, metrics: kinds } = entry.compare;
  const request: ComparisonRequest = {
    scenario: entry.scenario,
    env: await seeded(entry),
    rounds: count,
    tolerance: { ...DEFAULT_TOLERANCE, percent: tolerance },
    kinds,
    command,
  };
  const judged = (
    rounds: readonly RoundRecord[],
    conclusion: Conclusion,
    metrics: Parameters<typeof casesOfComparison>[2],
  ) => ({
    cases: casesOfComparison(rounds, conclusion, metrics, inconclusive),
    folder: id,
    metrics,
    rounds: metricsOfArm(rounds, 'b', validPairs(rounds, arms.length)),
  });
  const keptRounds = kept?.entries[nameOf(entry)];
  if (arms.length === 2) {
    const record = await compareTargets(request, arms, k6, path, progress, signal);
    await writeComparison(path, record);
    progress.say(`${record.state}: ${record.headline}`);
    const { cases, rounds: own, ...shown } = judged(record.rounds, record, record.metrics);
    if (!isFirst) return { ...shown, cases, rounds: own };
    const usable = record.state === 'void' || record.state === 'invalid' ? {} : { rounds: own };
    return { ...shown, cases: casesOfFirst(record.rounds, record.metrics), ...usable };
  }
  const started = new Date();
  const rounds = await measureRounds(request, arms, k6, path, progress, signal);
  if (kept === undefined || keptRounds === undefined)
    return judged(rounds, worthless(rounds, { wanted: count, sides: 1 }) ?? KEPT, []);
  const record = compareWithKept(request, kept, keptRounds, rounds, arms, started);
  await writeComparison(path, record);
  progress.say(`${record.state}: ${record.headline}`);
  return judged(rounds, record, record.metrics);
}

/** Rounds that are only kept are held against nothing. */
const KEPT: Conclusion = { state: 'same', headline: '' };

/** Settings of an entry; a seed of its own where it names none. */
const seeded = (entry: GateEntry): Promise<Record<string, string>> =>
  withFiles({ [SETTINGS.seed.env]: String(randomInt(2 ** 32)), ...entryEnvironment(entry) });
