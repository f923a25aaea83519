import type { Limit } from '../verdict/limits.ts';

/**
 * A workload of the user: a file that was read, with its files' texts in place and everything optional filled in.
 * workload.schema.json describes the file.
 */
export interface Workload {
  readonly name: string;
  /** SurrealQL that defines the tables. */
  readonly schema: string;
  readonly seed: readonly SeededTable[];
  readonly operations: readonly WorkloadOperation[];
  readonly invariants: readonly Invariant[];
  /** Tables whose new records must be there in the end on every node, with the fields that may change after the CREATE. */
  readonly verify: Readonly<Record<string, { readonly except: readonly string[] }>>;
  readonly limits: readonly Limit[];
  /** Names and e-mail addresses to draw from. */
  readonly people: { readonly names: readonly string[]; readonly emails: readonly string[] };
}

/** Records before the load: `table:s0` to `table:s<count - 1>`. */
export interface SeededTable {
  readonly table: string;
  /** The setting --records if absent. */
  readonly count?: number;
  readonly record: Readonly<Record<string, ValueSource>>;
}

export interface WorkloadOperation {
  readonly name: string;
  /** Of a hundred iterations. */
  readonly weight: number;
  /** Requests one after the other; the first that is not `ok` ends the operation. */
  readonly steps: readonly Step[];
}

export interface Step {
  /** Its name in the history and in metrics. */
  readonly f: string;
  readonly query: string;
  /** Parameters of the query by name. */
  readonly with: Readonly<Record<string, ValueSource>>;
  readonly expect: Expectation;
  /** Values of the answer for later steps: a name, and the path within the first row. */
  readonly keep: Readonly<Record<string, string>>;
}

/** What the answer must be; the rows are the result of the last statement before COMMIT. */
export interface Expectation {
  /** Texts of refusals that belong to the operation's meaning. */
  readonly refused: readonly string[];
  /** How many rows there must be. */
  readonly rows?: number;
  /** Fields of the first row that must equal a value or a parameter (`$name`). */
  readonly equals: Readonly<Record<string, string | number | boolean | null>>;
  /** SurrealQL over `$result` that must be true. */
  readonly holds?: string;
}

/** A query that returns the rows that break it. */
export interface Invariant {
  readonly name: string;
  readonly query: string;
  readonly during: boolean;
  readonly atEnd: boolean;
  /** Milliseconds between two readings on a node during the load. */
  readonly every: number;
  /** Milliseconds after which rows count as a violation; 0 at once. */
  readonly within: number;
}

/** Where a parameter or a field of a seeded record comes from: a constant, or a generator with one key. */
export type ValueSource =
  | string
  | number
  | boolean
  | { readonly int: readonly [least: number, most: number] }
  | { readonly float: readonly [least: number, most: number] }
  /** Random letters and digits. */
  | { readonly string: number }
  | { readonly 'one-of': readonly (string | number | boolean)[] }
  | { readonly person: 'name' | 'email' }
  /** A seeded record of a table. */
  | { readonly record: string; readonly distribution?: 'zipfian' | 'uniform' }
  /** A record of a table that nobody has used before. */
  | { readonly new: string }
  /** A record of a table that this user created before, or another user probably did. */
  | { readonly written: string; readonly by?: 'me' | 'another' }
  /** A value that an earlier step kept. */
  | { readonly kept: string }
  | { readonly time: 'now' };
