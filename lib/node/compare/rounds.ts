import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Measured, metricsOf } from '../../core/comparison/round-metrics.ts';
import { planLoad } from '../../core/load/load-plan.ts';
import { parseSettings, SETTINGS, type Settings } from '../../core/settings/settings.ts';
import type { Finding, VerdictState } from '../../core/verdict/run-verdict.ts';
import { scenarioSettings } from '../catalog/catalog.ts';
import { UsageError } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { NO_FAULTS } from '../faults/injector.ts';
import type { Sample } from '../load/measure/sampler.ts';
import { makeRunFolder } from '../load/run-folder.ts';
import { checkProtocol, loadTarget } from '../load/run-load.ts';
import type { Program } from '../programs/program.ts';
import { type ArmName, type ArmRequest, loadCommand } from './arms.ts';
import { coresWhile, disturbanceOf } from './machine-use.ts';
import type { Arm } from './with-arms.ts';

/** One round of one side: a run with fresh data. */
export interface RoundRecord {
  readonly arm: ArmName;
  /** Rounds of A and B with the same number are neighbours in time and use the same data. */
  readonly pair: number;
  /** Name of its folder below `rounds/`. */
  readonly folder: string;
  readonly state: VerdictState;
  readonly findings: readonly Finding[];
  readonly metrics: readonly Measured[];
}

/** Inputs shared by all rounds of a comparison. */
export interface RoundPlan {
  readonly scenario: string;
  /** Settings of both sides by environment variable, a seed among them. */
  readonly env: Readonly<Record<string, string>>;
  readonly k6: Program;
  /** Folder of the rounds. */
  readonly parent: string;
}

/** @throws UsageError if the profile does not send the same load in every round */
export function checkComparable({ profile }: Pick<Settings, 'profile'>): void {
  if (profile !== 'breakpoint') return;
  throw new UsageError(
    'Profile breakpoint searches for a rate, and each round would find another one: compare at a rate, with --rate and the profile round.',
  );
}

/** Shared settings, overridden by the side's own. @throws SettingsError, UsageError */
export function armSettings(scenario: string, { env }: ArmRequest, shared: RoundPlan['env']): Settings {
  const settings = scenarioSettings(scenario, { ...shared, ...env });
  checkComparable(settings);
  return settings;
}

/** Measures one round in its own namespace. Both sides of a pair get the same data. */
export async function measureRound(
  { scenario, env: shared, k6, parent }: RoundPlan,
  { name, request, target }: Arm,
  pair: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<RoundRecord> {
  const started = new Date();
  const seed = (Number(shared[SETTINGS.seed.env]) + pair) % 2 ** 32;
  const env = { ...shared, ...request.env, [SETTINGS.seed.env]: String(seed) };
  const settings = parseSettings(env);
  checkProtocol(scenario, settings, target);
  const folder = await makeRunFolder(scenario, `${String(pair + 1).padStart(2, '0')}-${name}`, started, parent);
  const repeat = () => loadCommand(scenario, request, env);
  const quiet = { say: () => {} };
  const before = process.cpuUsage();
  const { summary, verdict } = await loadTarget(
    { scenario, target: request.target, settings, env, faults: NO_FAULTS, repeat, report: false },
    { target, k6, folder, started },
    progress.spin === undefined ? quiet : { ...quiet, spin: progress.spin },
    signal,
  );
  const own = process.cpuUsage(before);
  const ownCores = (own.user + own.system) / 1000 / (Date.now() - started.getTime());
  const [phase] = planLoad(scenario, settings).measured;
  const { samples } = JSON.parse(await readFile(folder.file('timeline.json'), 'utf8')) as { samples: Sample[] };
  const use = phase === undefined ? {} : coresWhile(phase, target, samples, ownCores);
  const disturbance = disturbanceOf(use.foreign);
  return {
    arm: name,
    pair,
    folder: basename(folder.path),
    state: disturbance.length > 0 && verdict.state === 'pass' ? 'invalid' : verdict.state,
    findings: [...verdict.findings, ...disturbance],
    metrics: summary === undefined ? [] : metricsOf(summary, use.nodes),
  };
}
