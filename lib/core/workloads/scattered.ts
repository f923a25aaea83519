/** The tables of scenario `transactions`, by one letter each. Regions are split before each of them. */
export const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
export const tableOf = (letter: string): string => `part_${letter}`;
export const TABLES: readonly string[] = LETTERS.map(tableOf);

/** Seconds of writes that a read covers. */
const COVERED = 2;

/** Begins the id of a record: those of a slice and a second are next to each other in each table. */
const prefixOf = (slice: number, second: number): string => `s${slice}x${String(second).padStart(6, '0')}`;

/** The id that all records of a transaction share; it ends with the letters of their tables. */
export const transactionId = (slice: number, second: number, user: number, number: number, letters: string): string =>
  `${prefixOf(slice, second)}u${user}n${number}${letters}`;

/** The letters of the tables in which a transaction has a record. */
export const lettersOf = (id: string): string => /[a-h]+$/.exec(id)?.[0] ?? '';

/** Ids from the first, and before the second. */
export type Range = readonly [from: string, before: string];

/** What a read covers: a slice of the last seconds. */
export const recent = (slice: number, second: number): Range => [
  prefixOf(slice, Math.max(0, second + 1 - COVERED)),
  prefixOf(slice, second + 1),
];

export const covers = ([from, before]: Range, id: string): boolean => from <= id && id < before;

/** Ids that were found, table by table in the order of LETTERS. */
export type Found = readonly (readonly string[])[];

/** The letters of the tables in which each id was found; those of a transaction that is whole are `lettersOf` its id. */
export function lettersFound(found: Found): Map<string, string> {
  const letters = new Map<string, string>();
  for (const [table, ids] of found.entries())
    for (const id of ids) letters.set(id, (letters.get(id) ?? '') + LETTERS[table]);
  return letters;
}
