import { compareRounds, type Round } from '../../core/comparison/compare-rounds.ts';
import { conclude, validPairs } from '../../core/comparison/comparison-verdict.ts';
import {
  armRecord,
  type ComparisonRequest,
  commonRecord,
  judging,
  leftOutNotes,
  metricsOfArm,
} from '../compare/compare-targets.ts';
import type { ComparisonRecord } from '../compare/comparison-record.ts';
import type { RoundRecord } from '../compare/rounds.ts';
import type { Arm } from '../compare/with-arms.ts';
import type { Baseline } from './baseline.ts';

/** Compares rounds of the candidate with those of a baseline that was kept: at another time, so not pair by pair. */
export function compareWithKept(
  request: ComparisonRequest,
  { taken, target }: Baseline,
  kept: readonly Round[],
  rounds: readonly RoundRecord[],
  arms: readonly Arm[],
  started: Date,
): ComparisonRecord {
  const candidate = metricsOfArm(rounds, 'b', validPairs(rounds, 1));
  const metrics = compareRounds(kept, candidate, { ...judging(request), design: 'unpaired' });
  return {
    ...conclude(rounds, metrics, { wanted: request.rounds, sides: 1 }),
    ...commonRecord(request, started),
    design: 'unpaired',
    arms: {
      a: { ...target, description: `${target.description}, stored on ${taken.slice(0, 10)}` },
      b: armRecord(arms, 'b'),
    },
    notes: [
      ...leftOutNotes(rounds),
      `${kept.length} rounds of ${taken.slice(0, 16).replace('T', ' ')} UTC are compared with ${candidate.length} of now: any change of the machine since then counts as a change of the candidate.`,
      ...arms.flatMap(({ target: { notes } }) => notes),
    ],
    metrics,
    rounds,
  };
}
