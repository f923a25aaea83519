import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../../../core/settings/settings.ts';
import { isFaultMetric, isSuiteMetric, type Limit, parseLimits } from '../../../core/verdict/limits.ts';
import { judgeMeasurements, measurementOf, type Series } from '../../../core/verdict/measurements.ts';
import { isOfProfile, type LimitResult } from '../../../core/verdict/summary.ts';
import { summariseUsage, type UsageSummary } from '../../../core/verdict/usage.ts';
import { PROJECT_ROOT } from '../../system/paths.ts';
import type { Target, TargetNode } from '../../targets/target.ts';
import { GENERATOR, generatorsIn, whileLoading } from './headroom.ts';
import type { Probe } from './probes.ts';
import { metricsProbe, processProbe } from './probes.ts';
import type { Sample } from './sampler.ts';

/** The name of an embedded engine among the sampled processes: its ports are one process. */
export const ENGINE = 'engine';

/** How each instance of a target is looked at, by name. */
export function probesOf({ kind, nodes }: Target): Map<string, Probe> {
  return new Map(nodes.map((node) => [kind === 'embedded' ? ENGINE : node.name, probeOf(node)]));
}

function probeOf(node: TargetNode): Probe {
  const pid = () => node.process?.pid ?? node.pid;
  const first = pid();
  return first === undefined ? metricsProbe(node.url) : processProbe(() => pid() ?? first);
}

/** Names of the sampled instances that share this machine with the generator. */
export const instancesHere = (target: Pick<Target, 'kind' | 'nodes'>): string[] =>
  target.kind === 'embedded' ? [ENGINE] : target.nodes.filter(({ url }) => isLoopback(url)).map(({ name }) => name);

const isLoopback = (url: string): boolean => /^(127\.|localhost$|\[::1\]$)/.test(new URL(url).hostname);

/** The limits that the suite judges itself: thresholds/nodes.json, or those of the file that the user named. */
export async function suiteLimits({ thresholds, profile }: Settings): Promise<Limit[]> {
  const file = thresholds ?? join(PROJECT_ROOT, 'thresholds', 'nodes.json');
  const limits = parseLimits(file, JSON.parse(await readFile(file, 'utf8')));
  const isOurs = ({ metric }: Limit) => isSuiteMetric(metric) && !isFaultMetric(metric);
  return limits.filter((limit) => isOurs(limit) && isOfProfile(limit, profile));
}

export interface Measured {
  readonly target: Target;
  /** Milliseconds from the command to the start of the generator. */
  readonly setUp: number;
  readonly samples: readonly Sample[];
  /** Milliseconds from the sampler's start to the end of the load. */
  readonly loadEnds: number;
  readonly cores: number;
}

/** Judges what was measured of nodes and generator. */
export function judgeMeasured(limits: readonly Limit[], measured: Measured): LimitResult[] {
  const { target, setUp, samples, loadEnds, cores } = measured;
  const { nodes } = target;
  const startUps = nodes.map(({ name, startUp }) => series(name, startUp === undefined ? [] : [startUp / 1000]));
  const memory = nodes.map(({ name }) =>
    series(
      name,
      samples.flatMap(({ usage: { [name]: it } }) => (it ? [it.memory / 1e6] : [])),
    ),
  );
  const loading = whileLoading(samples, loadEnds);
  const embedded = target.kind === 'embedded' && 'the embedded engine is not a SurrealDB server';
  return judgeMeasurements(limits, {
    set_up: [series('this run', [setUp / 1000])],
    node_start_up: embedded || measurementOf(startUps, 'this run did not start the nodes'),
    node_memory:
      embedded ||
      (target.dataInNodes && 'the node keeps its data in memory') ||
      measurementOf(memory, 'the nodes have no /metrics'),
    generator_cpu: measurementOf(
      namesOfGenerators(samples).map((name) =>
        series(
          name,
          loading.flatMap(({ usage: { [name]: it } }) => (it ? [(it.cpu / cores) * 100] : [])),
        ),
      ),
      'the load ended before the first sample',
    ),
  });
}

/** In the order of their numbers; the one where the load never began. */
function namesOfGenerators(samples: readonly Sample[]): string[] {
  const names = new Set(samples.flatMap(({ usage }) => generatorsIn(Object.keys(usage))));
  return names.size === 0 ? [GENERATOR] : [...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

const series = (instance: string, values: readonly number[]): Series => ({ instance, values });

/** What each instance and the generator used, over the whole run. */
export function usageOf(target: Target, samples: readonly Sample[]): UsageSummary[] {
  const startUps = new Map(
    target.nodes.map(({ name, startUp }) => [target.kind === 'embedded' ? ENGINE : name, startUp]),
  );
  return [...startUps.keys(), ...namesOfGenerators(samples)].map((name) =>
    summariseUsage(
      name,
      samples.flatMap(({ usage }) => usage[name] ?? []),
      startUps.get(name),
    ),
  );
}
