import { answers } from './answers.ts';
import { append } from './append/append.ts';
import { atomicity } from './atomicity.ts';
import { bank } from './bank.ts';
import { changefeed } from './changefeed/changefeed.ts';
import type { Checker } from './checker.ts';
import { counter } from './counter.ts';
import { created } from './created.ts';
import { invariants } from './invariants.ts';
import { live } from './live.ts';
import { readAfterWrite } from './read-after-write.ts';
import { register } from './register/register.ts';
import { rwRegister } from './rw-register/rw-register.ts';
import { session } from './session-guarantees.ts';
import { set } from './set/set-full.ts';
import { unique } from './unique.ts';
import { writes } from './writes/writes.ts';

const ALL = [
  writes,
  answers,
  readAfterWrite,
  bank,
  register,
  counter,
  set,
  unique,
  session,
  append,
  invariants,
  created,
  rwRegister,
  atomicity,
  live,
  changefeed,
] as const;

/** Every checker by its name. */
export const CHECKERS: ReadonlyMap<string, Checker> = new Map(
  ALL.map((checker): [string, Checker] => [checker.name, checker]),
);

export const CHECKER_NAMES: readonly string[] = [...CHECKERS.keys()];

type KindsOf<C> = C extends { readonly anomalies: infer A } ? keyof A : never;

/** What checkers can find, in the field's own terms. */
export type AnomalyKind = KindsOf<(typeof ALL)[number]>;

/**
 * The sentence that defines an anomaly, as the checker that found it means it.
 * @param checker its name in the verdict; the part of a mixed load before it does not matter: `bank/bank`
 * @returns undefined for a kind of another release
 */
export function anomalyMeaning(checker: string, kind: string): string | undefined {
  return CHECKERS.get(checker.slice(checker.lastIndexOf('/') + 1))?.anomalies[kind];
}
