/** What a run came to. `undecided`: it proves nothing; `refused`: the target cannot do it. */
export interface TrialOutcome {
  readonly state: 'nothing' | 'anomaly' | 'undecided' | 'refused';
  /** Anomalies as CHECKER: KIND, in alphabetical order. */
  readonly found: readonly string[];
  /** Why nothing was decided, why it was refused, or the headline of what was found. */
  readonly message: string;
  /** Name of the run's folder in results/, where it was kept. */
  readonly run?: string;
  /** Seconds of the whole run, and of it those in which load was sent. */
  readonly seconds: number;
  readonly load: number;
}

export const checkersIn = (found: readonly string[]): string[] => [
  ...new Set(found.map((it) => it.slice(0, it.indexOf(':')))),
];

/** Whether two runs show the same thing: one checker was violated in both. Which kinds of its anomalies show is a matter of chance. */
export const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  checkersIn(one).some((checker) => checkersIn(other).includes(checker));
