import { given } from '../given.ts';
import type { ObservedFault } from './effects.ts';
import { parseFault } from './fault-grammar.ts';
import { effectOf } from './fault-kinds.ts';

/** What clients saw of an exercise, of all its faults together. Milliseconds; where not said otherwise, since the first fault took effect. */
export interface DrillFigures {
  /** Operations that were under way when servers were killed, on those or over them. */
  readonly atRisk: number;
  /** When clients saw the first and the last failure; absent if nothing failed. */
  readonly errorWindow?: { readonly first: number; readonly last: number };
  /** The longest time without any acknowledgement. */
  readonly longestStall?: number;
  /** Until an operation was acknowledged that was sent after the first failure was seen. */
  readonly firstSuccess?: number;
  /** Until the 95th percentile was within 1.5 times that of before; absent where it was not within the run. */
  readonly recovery?: number;
  /** Until every node gave the same answer to the same read again; absent where that was not seen. */
  readonly sameAgain?: number;
  /** How long a client waited until it learned that a request failed. */
  readonly timeToError?: number;
}

/** Joins what clients saw of the faults of one exercise: what lasted longest counts, and what one did not recover from. */
export function drillFigures(faults: readonly ObservedFault[]): DrillFigures {
  const zero = Math.min(...faults.flatMap(({ began }) => began ?? []));
  const spans = faults.flatMap(({ began = 0, effects }) => {
    const errors = effects?.errorWindow;
    return errors === undefined ? [] : [{ first: began + errors.first - zero, last: began + errors.last - zero }];
  });
  const errorWindow =
    spans.length === 0
      ? undefined
      : { first: Math.min(...spans.map(({ first }) => first)), last: Math.max(...spans.map(({ last }) => last)) };
  const each = (of: (fault: ObservedFault) => number | undefined) => faults.map(of);
  const sinceZero = (since: (fault: ObservedFault) => number | undefined) =>
    each((fault) => {
      const after = since(fault);
      return fault.began === undefined || after === undefined ? undefined : fault.began + after - zero;
    });
  const deaths = faults.filter(({ fault }) => effectOf(parseFault(fault)).risksData);
  return {
    atRisk: deaths.reduce((sum, { effects }) => sum + (effects?.underWay ?? 0), 0),
    ...given('errorWindow', errorWindow),
    ...given('longestStall', longest(each(({ effects }) => effects?.longestStall?.duration))),
    ...given('firstSuccess', longestOfAll(sinceZero(({ effects }) => effects?.firstSuccess))),
    ...given('recovery', longestOfAll(sinceZero(({ effects }) => effects?.recovery))),
    ...given('sameAgain', longestOfAll(each(({ converged }) => converged && converged - zero))),
    ...given('timeToError', longest(each(({ effects }) => effects?.timeToError))),
  };
}

function longest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.flatMap((time) => time ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Undefined where it is so of one: that one did not end. */
const longestOfAll = (times: readonly (number | undefined)[]): number | undefined =>
  times.includes(undefined) ? undefined : longest(times);
