import { hash } from './random.ts';

const NAMES =
  'Ada Alan Barbara Claude Donald Edsger Frances Grace Hedy John Katherine Leslie Margaret Niklaus Radia Tim'.split(
    ' ',
  );
const WORDS =
  'amber anchor autumn basket bridge candle cedar cloud copper coral delta ember fable field forest garden glass harbour hollow island ivory kettle lantern ledger linen maple marble meadow mirror mosaic north orchard paper pebble pepper pillar quartz quiet ribbon river saddle salt shadow silver slate spiral spring stone summer table thicket thread timber torch valley velvet violet walnut water willow window winter yarrow'.split(
    ' ',
  );

/** A name that follows from two numbers. */
export const nameFrom = (seed: number, key: number): string =>
  `${pick(NAMES, hash(seed, key, 0))} ${wordAt(seed, key, 1)}`;

/** Words that follow from two numbers. */
export function sentenceFrom(seed: number, key: number, length: number): string {
  let text = wordAt(seed, key, 0);
  for (let at = 1; at < length; at++) text += ` ${wordAt(seed, key, at)}`;
  return text;
}

const wordAt = (seed: number, key: number, at: number): string => pick(WORDS, hash(seed, key, at));

function pick(list: readonly string[], number: number): string {
  return list[number % list.length] ?? '';
}
