/**
 * A set of whole numbers as runs, so that a read of a million elements is a line and not a book: `[1,5,9,9]` stands for
 * 1…5 and 9. Runs ascend and do not overlap; each is its first and its last element.
 */
export interface Runs {
  readonly runs: readonly number[];
  /** Elements that the answer held more than once. */
  readonly duplicates?: readonly number[];
}

/** Encodes what a read returned, in any order. Pure and cheap where the answer is already sorted: for use in scenarios. */
export function toRuns(elements: readonly number[]): Runs {
  const sorted = isAscending(elements) ? elements : Float64Array.from(elements).sort();
  const runs: number[] = [];
  const duplicates: number[] = [];
  let previous: number | undefined;
  for (const element of sorted) {
    if (element === previous) {
      if (duplicates.at(-1) !== element) duplicates.push(element);
    } else if (previous !== undefined && element === previous + 1) runs[runs.length - 1] = element;
    else runs.push(element, element);
    previous = element;
  }
  return duplicates.length === 0 ? { runs } : { runs, duplicates };
}

export function isRuns(value: unknown): value is Runs {
  return typeof value === 'object' && value !== null && Array.isArray((value as Partial<Runs>).runs);
}

/** How often runs hold a number: 0, 1, or 2 for more than once. */
export function timesInRuns({ runs, duplicates = [] }: Runs, number: number): 0 | 1 | 2 {
  for (let at = 0; at < runs.length; at += 2)
    if (number >= (runs[at] ?? 0) && number <= (runs[at + 1] ?? 0)) return duplicates.includes(number) ? 2 : 1;
  return 0;
}

function isAscending(elements: readonly number[]): boolean {
  for (let index = 1; index < elements.length; index++)
    if ((elements[index] as number) < (elements[index - 1] as number)) return false;
  return true;
}
