// When iterations begin, where each virtual user keeps the time itself instead of k6: with connections that stay open over
// iterations, since k6 ends an iteration only when its connections are closed.
import { parseDuration } from './duration.ts';
import { type K6Scenario, type LoadPlan, wholeLoad } from './load-plan.ts';

/** A part of a phase, in which iterations a second (or users, in the closed model) change evenly. */
interface Piece {
  /** From the beginning of the phase, milliseconds. */
  readonly start: number;
  readonly milliseconds: number;
  readonly from: number;
  readonly to: number;
  /** Iterations that begin before it. */
  readonly before: number;
}

/** A phase of the load, as users need it that keep the time themselves. */
export interface Timetable {
  /** Of the phase, and the value of the tag `scenario` on its samples. */
  readonly name: string;
  /** Milliseconds from the beginning of the load. */
  readonly start: number;
  readonly end: number;
  readonly pieces: readonly Piece[];
}

/** The phases of a plan, in their order. */
export const timetablesOf = ({ scenarios }: LoadPlan): Timetable[] =>
  Object.entries(scenarios)
    .filter(([, { exec }]) => exec === 'iterate')
    .map(([name, scenario]) => {
      const pieces = piecesOf(scenario);
      const last = pieces.at(-1);
      const start = parseDuration(scenario.startTime) ?? 0;
      return { name, start, end: start + (last === undefined ? 0 : last.start + last.milliseconds), pieces };
    });

/** What k6's executors of a constant or ramping rate or number of users take, as pieces. */
function piecesOf({ rate, startRate, vus, startVUs, duration, stages }: K6Scenario): Piece[] {
  const level = Number(rate ?? startRate ?? vus ?? startVUs);
  const steps = (stages ?? [{ duration, target: level }]) as readonly { duration: string; target: number }[];
  const pieces: Piece[] = [];
  let [start, from, before] = [0, level, 0];
  for (const { duration: text, target } of steps) {
    const milliseconds = parseDuration(text) ?? 0;
    pieces.push({ start, milliseconds, from, to: target, before });
    start += milliseconds;
    before += ((from + target) / 2) * (milliseconds / 1000);
    from = target;
  }
  return pieces;
}

/**
 * When an iteration of the open model begins: milliseconds from the beginning of its phase.
 * @param number of the iteration in its phase, from 0
 * @returns undefined if the phase has not as many
 */
export function dueTime({ start: began, end, pieces }: Timetable, number: number): number | undefined {
  const piece = pieces.findLast(({ before }) => before <= number);
  if (piece === undefined) return undefined;
  const { start, milliseconds, from, to, before } = piece;
  // The area under an evenly rising rate: from·t + slope/2·t² = number.
  const slope = (to - from) / (milliseconds / 1000);
  const wanted = number - before;
  // Below zero, a falling rate ends before: that, as rounding, can only be at the end of a piece.
  const root = Math.max(0, from ** 2 + 2 * slope * wanted);
  const seconds = wanted === 0 ? 0 : (2 * wanted) / (from + Math.sqrt(root));
  const due = start + Math.min(seconds * 1000, milliseconds);
  return due < end - began ? due : undefined;
}

/** Users of the closed model at a time: milliseconds from the beginning of the phase. */
export function usersAt({ pieces }: Timetable, time: number): number {
  const piece = pieces.findLast(({ start }) => start <= time);
  if (piece === undefined) return 0;
  const { start, milliseconds, from, to } = piece;
  return from + (to - from) * Math.min(1, (time - start) / milliseconds);
}

/** Users that send the phases' iterations: those of the background do not. */
export const usersOf = ({ scenarios, vus }: LoadPlan): number => vus - Number(scenarios.background?.vus ?? 0);

/** The same plan with one iteration of k6 for each user, over the whole load, in which the user keeps the time itself. */
export function withOwnTime(plan: LoadPlan): LoadPlan {
  const kept = Object.entries(plan.scenarios).filter(([, { exec }]) => exec !== 'iterate');
  return { ...plan, scenarios: { load: wholeLoad('load', usersOf(plan), plan), ...Object.fromEntries(kept) } };
}
