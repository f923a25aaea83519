import type { Drawn } from './values.ts';
import type { Step } from './workload.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Reads the rows of a step's answers: the result of the last statement before COMMIT, of the results of all in order. */
export function rowReader({ query }: Step): (results: readonly unknown[]) => Row[] {
  const fromEnd = ENDS_IN_COMMIT.test(query) ? 2 : 1;
  return (results) => rowsOfResult(results[results.length - fromEnd]) as Row[];
}

/** Comments may follow. */
const ENDS_IN_COMMIT = /\bCOMMIT(\s+TRANSACTION)?(\s|;|(--|#|\/\/)[^\n]*(\n|$))*$/i;

/** The result of a statement as rows: one value is one row, and NONE is none. */
export function rowsOfResult(result: unknown): readonly unknown[] {
  if (result === null || result === undefined) return [];
  return Array.isArray(result) ? result : [result];
}

/** A field by its path, `customer.name`; the row itself where the path is `$`. */
export function fieldOf(row: unknown, path: string): unknown {
  if (path === '$') return row;
  return path.split('.').reduce<unknown>((value, name) => (value as Row | null | undefined)?.[name], row);
}

/**
 * What is wrong with the rows of an acknowledged step, in words, or undefined.
 * @param drawn the step's parameters
 */
export function wrongAnswer(
  { expect }: Step,
  rows: readonly Row[],
  drawn: Readonly<Record<string, Drawn>>,
): string | undefined {
  if (expect.rows !== undefined && rows.length !== expect.rows) return `${rows.length} rows, must be ${expect.rows}`;
  for (const [path, wanted] of Object.entries(expect.equals)) {
    const value = parameterOf(wanted, drawn);
    const found = fieldOf(rows[0], path);
    if (!isSame(found, value)) return `${path} is ${JSON.stringify(found)}, must be ${JSON.stringify(value)}`;
  }
  return undefined;
}

const parameterOf = (wanted: string | number | boolean | null, drawn: Readonly<Record<string, Drawn>>) =>
  typeof wanted === 'string' && wanted.startsWith('$') ? drawn[wanted.slice(1)]?.value : wanted;

const isSame = (found: unknown, wanted: unknown): boolean => (found ?? null) === (wanted ?? null);

/** A record without the fields that may change, in one order of fields, so that equal records are equal texts. */
export function contentText(row: Row, except: readonly string[]): string {
  const entries = Object.entries(row).filter(([name]) => !except.includes(name));
  return JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
