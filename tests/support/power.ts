import table from 'text-table';
import { compareRounds, DEFAULT_TOLERANCE, type Round } from '../../lib/core/comparison/compare-rounds.ts';
import { METRIC_KINDS, type Measured, type MetricKind } from '../../lib/core/comparison/round-metrics.ts';
import { randomStream } from '../../lib/core/random/random.ts';

/** One comparison as it was measured: its rounds, and by how much B really was slower. */
export interface Trial {
  /** Percent. */
  readonly slower: number;
  readonly scenario: string;
  readonly rounds: readonly { readonly arm: 'a' | 'b'; readonly pair: number; readonly metrics: Round }[];
}

/** What a gate looks at by default. */
export const GATED: readonly MetricKind[] = METRIC_KINDS.filter((kind) => kind !== 'p99');

/** Rounds of A and of B, pair by pair. */
type Pairs = readonly (readonly [a: Round, b: Round])[];

export function pairsOf({ rounds }: Trial): Pairs {
  return rounds
    .filter(({ arm }) => arm === 'a')
    .flatMap(({ pair, metrics }) => {
      const other = rounds.find((round) => round.arm === 'b' && round.pair === pair);
      return other === undefined ? [] : [[metrics, other.metrics] as const];
    });
}

/** Whether the gate would stop B. */
export function isFlagged(pairs: Pairs): boolean {
  const [a, b] = [pairs.map(([before]) => before), pairs.map(([, after]) => after)];
  const metrics = compareRounds(a, b, { design: 'paired', tolerance: DEFAULT_TOLERANCE, kinds: GATED });
  return metrics.some(({ verdict }) => verdict === 'worse');
}

/**
 * A trial made of the pairs of one of two servers that are alike, drawn with replacement, with B slower by so many percent. Which
 * of the two is B is drawn as well: the chance by which one seemed faster would else count as a difference, and the more so the
 * more pairs are drawn.
 */
export function resampled(trial: Trial, slower: number, pairs: number, random: () => number): Pairs {
  const recorded = pairsOf(trial);
  return Array.from({ length: pairs }, () => {
    const [one, other] = recorded[Math.floor(random() * recorded.length)] ?? [[], []];
    const [a, b] = random() < 0.5 ? [one, other] : [other, one];
    return [a, b.map((metric) => slowed(metric, slower))];
  });
}

const slowed = (metric: Measured, percent: number): Measured =>
  metric.unit === 'ms' ? { ...metric, value: metric.value * (1 + percent / 100) } : metric;

export interface Power {
  readonly slower: number;
  readonly flagged: number;
  readonly trials: number;
}

/** Rounds of each side in the project's own gate.json. */
export const GATE_ROUNDS = 18;

/** How many of the simulated trials would be stopped, from the recorded ones of an unchanged server. */
export function simulatedPower(
  unchanged: readonly Trial[],
  slower: number,
  trialsEach: number,
  pairs = GATE_ROUNDS,
): Power {
  const random = randomStream(slower + 1);
  const all = unchanged.flatMap((trial) =>
    Array.from({ length: trialsEach }, () => resampled(trial, slower, pairs, random)),
  );
  return { slower, flagged: all.filter(isFlagged).length, trials: all.length };
}

const SIMULATED_ROUNDS = [12, GATE_ROUNDS];
const TRIALS_EACH = 100;

/** The power as a table: what was measured end to end, and what follows from the unchanged trials. */
export function powerTable(trials: readonly Trial[]): string {
  const unchanged = trials.filter(({ slower }) => slower === 0);
  const share = ({ flagged, trials: all }: Power) => `${flagged} of ${all}`;
  const percent = ({ flagged, trials: all }: Power) => `${((flagged / all) * 100).toFixed(1)} %`;
  const rows = [0, 10, 20, 50].map((slower) => {
    const measured = trials.filter((trial) => trial.slower === slower);
    const flagged = measured.filter((trial) => isFlagged(pairsOf(trial))).length;
    return [
      slower === 0 ? 'unchanged' : `slower by ${slower} %`,
      share({ slower, flagged, trials: measured.length }),
      ...SIMULATED_ROUNDS.map((pairs) => percent(simulatedPower(unchanged, slower, TRIALS_EACH, pairs))),
    ];
  });
  const header = ['B is', 'end to end', ...SIMULATED_ROUNDS.map((pairs) => `simulated, ${pairs} rounds`)];
  return table([header, ...rows], { align: header.map((_, at) => (at === 0 ? 'l' : 'r')) });
}
