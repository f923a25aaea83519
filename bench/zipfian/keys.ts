// Runs inside k6: how long a key takes, and how long a user takes to begin.
import exec from 'k6/execution';
import { latestOf, scrambledZipfian, zipfianRanks } from '../../lib/core/random/key-distributions.ts';
import { quickStream } from '../../lib/core/random/random.ts';

declare const __ENV: Readonly<Record<string, string>>;

const ITEMS = 1_000_000;
/** A million keys, timed in slices of about a millisecond, so that other work of the machine falls into few of them. */
const SLICES = 1000;
const SLICE = 1000;

export const options = { summaryTrendStats: ['avg'], iterations: 1, vus: 1 };

function time(title: string, make: () => () => number): void {
  const start = exec.instance.currentTestRunDuration;
  const draw = make();
  const begun = exec.instance.currentTestRunDuration;
  const slices: number[] = [];
  for (let slice = 0; slice < SLICES; slice++) {
    const before = exec.instance.currentTestRunDuration;
    for (let i = 0; i < SLICE; i++) draw();
    slices.push(((exec.instance.currentTestRunDuration - before) * 1e6) / SLICE);
  }
  slices.sort((a, b) => a - b);
  const at = (share: number) => (slices[Math.floor(SLICES * share)] ?? 0).toFixed(0);
  console.log(
    `${title.padEnd(20)} ${at(0.1)} ns a key in the fastest tenth, ${at(0.5)} in the middle; ${((begun - start) * 1000).toFixed(0)} µs to begin`,
  );
}

export default function bench(): void {
  const random = quickStream(Number(__ENV.SEED ?? 1));
  time('empty loop', () => () => 1);
  time('random number', () => random);
  time('zipfian ranks', () => zipfianRanks(ITEMS, random));
  time('zipfian, scrambled', () => scrambledZipfian(ITEMS, random));
  time('latest', () => {
    const latest = latestOf(random);
    latest(ITEMS);
    return () => latest(ITEMS);
  });
}

export function handleSummary(): Record<string, never> {
  return {};
}
