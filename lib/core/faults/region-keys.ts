/**
 * How many regions hold the keys of a namespace: the one in which they begin, and each that begins with one of them.
 *
 * A key of SurrealDB 3 in a namespace is `/*`, the namespace's number as four bytes, `*`, and more. TiKV's encoding keeps order by
 * groups of eight bytes with a mark behind each, so that these seven stand at the beginning as they are.
 *
 * @param starts first keys of all regions, in hexadecimal digits
 * @param namespace its number, the `id` in INFO FOR ROOT STRUCTURE
 */
export function regionsOfNamespace(starts: readonly string[], namespace: number): number {
  return 1 + starts.filter((start) => beginsIn(start, namespace)).length;
}

/** What all keys of a namespace begin with, in hexadecimal digits. */
const prefixOf = (namespace: number): string => `2F2A${namespace.toString(16).padStart(8, '0')}2A`.toUpperCase();

const beginsIn = (start: string, namespace: number): boolean => start.toUpperCase().startsWith(prefixOf(namespace));

/** A region's first key and the one behind its last, in hexadecimal digits; nothing stands for no bound. */
interface Bounds {
  readonly start: string;
  readonly end: string;
}

/** @param key encoded, in capital hexadecimal digits */
export const holdsKey = ({ start, end }: Bounds, key: string): boolean =>
  start.toUpperCase() <= key && (end === '' || key < end.toUpperCase());

/** The regions that begin with a key of a namespace, in their order; if none does, the one that holds all its keys and others. */
export function ownRegions<R extends Bounds>(regions: readonly R[], namespace: number): R[] {
  const within = regions.filter(({ start }) => beginsIn(start, namespace));
  if (within.length > 0) return within.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  return regions.filter((region) => holdsKey(region, prefixOf(namespace)));
}

/** TiKV's encoding keeps the order of keys: groups of eight bytes, each with a mark that says how many of them are used. */
function encode(key: Uint8Array): string {
  let digits = '';
  for (let at = 0; at <= key.length; at += 8) {
    const used = Math.min(8, key.length - at);
    for (let index = at; index < at + 8; index++) digits += hex(key[index] ?? 0);
    digits += hex(0xff - (8 - used));
  }
  return digits;
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0').toUpperCase();
const u32 = (number: number): number[] => [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff);
const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

/**
 * Where the records of a table begin, as PD takes keys: encoded, in hexadecimal digits. A record's key is `/*`, the namespace's
 * number, `*`, the database's number, `*`, the table's name, and more.
 */
export const tableKey = (namespace: number, database: number, table: string): string =>
  encode(Uint8Array.from([...ascii('/*'), ...u32(namespace), ...ascii('*'), ...u32(database), ...ascii(`*${table}`)]));

/** In how many regions the data of runs were, for people; a warning where it was one. @param counts of each run where it is known */
export function regionsText(counts: readonly number[]): string {
  if (counts.length === 0)
    return 'NOT KNOWN whether the data were in several regions, so that transactions took the path over several: no PD could be asked.';
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return 'WARNING: all data were in one region, so that nothing is known of transactions over several.';
  const several = `The data were in ${least === most ? most : `${least} to ${most}`} regions`;
  if (least > 1) return `${several}, so that transactions took the path over several.`;
  const ones = counts.filter((count) => count === 1).length;
  return `${several}. WARNING: in one region in ${ones} of ${counts.length} runs, which say nothing of transactions over several.`;
}
