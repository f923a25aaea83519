import type { Space } from './space.ts';
import { faultTexts, keyOf, type Trial } from './trial.ts';

/** A trial that differs in one thing from another, to see whether that thing matters. */
export interface Variation {
  /** What the failing trial has and this one has not: `crash:surreal-2@3s+1s`, `SURREAL_TIKV_ASYNC_COMMIT=true (default)`. */
  readonly without: string;
  /** What this one has instead. */
  readonly instead: string;
  readonly trial: Trial;
}

/** Every single change of faults, latency and settings. */
export function variationsOf(trial: Trial, space: Space): Variation[] {
  const { faults, latency, settings } = trial;
  // The first text is that of the latency, if there is one.
  const texts = faultTexts({ ...trial, latency: 0 });
  return [
    ...faults.map((_, index) => ({
      without: texts[index] ?? '',
      instead: 'no such fault',
      trial: { ...trial, faults: faults.toSpliced(index, 1) },
    })),
    ...(latency > 0
      ? [{ without: `${latency} ms of latency to the stores`, instead: 'none', trial: { ...trial, latency: 0 } }]
      : []),
    ...Object.entries(space.settings).flatMap(([name, values]) => {
      const now = settings[name] ?? '';
      return values
        .filter((value) => value !== now)
        .map((value) => ({
          without: settingText(name, now),
          instead: settingText(name, value),
          trial: { ...trial, settings: { ...settings, [name]: value } },
        }));
    }),
    ...faults.flatMap((fault, index) =>
      fault.onAck
        ? [
            {
              without: `when=ack of ${texts[index]}`,
              instead: 'a fixed time',
              trial: { ...trial, faults: faults.with(index, { ...fault, onAck: false }) },
            },
          ]
        : [],
    ),
  ].filter((it) => keyOf(it.trial) !== keyOf(trial));
}

const settingText = (name: string, value: string): string =>
  value === '' ? `the default of ${name}` : `${name}=${value}`;

/** How unlikely it may be that a thing seems to matter by chance. */
const CHANCE = 0.05;
const LEAST_RUNS = 3;
const MOST_RUNS = 8;

/**
 * How many runs without a finding say that a change matters: if the change did nothing, so many would show nothing with a
 * probability of 5 % at most. The rate of findings is that of Laplace: one more of each kind than was seen.
 */
export function runsToExclude(found: number, runs: number): number {
  const rate = (found + 1) / (runs + 2);
  return Math.min(MOST_RUNS, Math.max(LEAST_RUNS, Math.ceil(Math.log(CHANCE) / Math.log(1 - rate))));
}
