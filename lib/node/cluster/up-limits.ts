import { parseSettings } from '../../core/settings/settings.ts';
import { judgeMeasurements, measurementOf } from '../../core/verdict/measurements.ts';
import type { LimitResult } from '../../core/verdict/summary.ts';
import { suiteLimits } from '../load/measure/judge-measured.ts';
import type { NodeReport } from './connectivity.ts';

/** Judges what bringing a cluster up can be judged by. @param setUp milliseconds from the command to ready nodes */
export async function judgeUp(nodes: readonly NodeReport[], setUp: number): Promise<LimitResult[]> {
  const limits = (await suiteLimits(parseSettings({}))).filter(({ metric }) => metric !== 'generator_cpu');
  const each = (figure: (node: NodeReport) => number | undefined) =>
    nodes.map((node) => ({ instance: node.name, values: [figure(node)].flatMap((value) => value ?? []) }));
  return judgeMeasurements(limits, {
    set_up: [{ instance: 'this command', values: [setUp / 1000] }],
    node_start_up: measurementOf(
      each(({ startUp }) => (startUp === undefined ? undefined : startUp / 1000)),
      'nobody saw the nodes start',
    ),
    node_memory: measurementOf(
      each(({ metrics }) => (metrics === undefined ? undefined : metrics.memory / 1e6)),
      'the nodes show no /metrics',
    ),
    generator_cpu: 'no load was sent',
  });
}
