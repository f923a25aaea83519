import { runsToExclude, type Variation, variationsOf } from './needs.ts';
import { shrinkTrial } from './shrink.ts';
import { drawTrial, type Space, shrinkingSteps } from './space.ts';
import { keyOf, type Trial } from './trial.ts';
import { isSame, type TrialOutcome } from './trial-outcome.ts';

/** How often one change of a failing trial was run, and how often the finding was seen all the same. */
export interface Need extends Variation {
  readonly found: number;
  readonly runs: number;
  /** `needed`: the finding goes away without it; `undecided`: there was no time for enough runs. */
  readonly verdict: 'needed' | 'not needed' | 'undecided';
}

/** What a seed led to. */
export interface ExplorationFinding {
  readonly seed: number;
  readonly found: readonly string[];
  readonly message: string;
  /** Run folders that show it, those of the smallest trial last. */
  readonly runs: readonly string[];
  /** How often the drawn trial shows it, of how many repetitions. */
  readonly repeats: { readonly found: number; readonly runs: number };
  readonly smallest: Trial;
  /** Whether everything smaller was tried. */
  readonly isSmallest: boolean;
  readonly needs: readonly Need[];
  /** Further seeds that show the same, with all that this one needs: they were not shrunk. */
  readonly alsoBy: readonly number[];
}

/** A run of a trial. Attempts of one trial are in their order. */
export interface RecordedRun {
  readonly key: string;
  readonly outcome: TrialOutcome;
}

export interface Exploration {
  /** Seeds that were tried. */
  readonly seeds: number;
  readonly findings: readonly ExplorationFinding[];
}

export interface ExplorationInput {
  readonly space: Space;
  readonly firstSeed: number;
  /** How many seeds at most. */
  readonly most: number;
  /** Trials to begin with, such as those that failed in earlier explorations. */
  readonly corpus: readonly Trial[];
  /** Runs of an exploration that was stopped: they are not done again. */
  readonly recorded: readonly RecordedRun[];
  readonly run: (trial: Trial, purpose: string) => Promise<TrialOutcome>;
  readonly isOver: () => boolean;
  /** After each run, with all that is known. */
  readonly onRun: (run: RecordedRun, so: Exploration) => Promise<void>;
}

/** A failing seed is repeated so often. */
const REPEATS = 3;
/** A smaller trial is run so often at most. */
const TRIES = 3;
/**
 * How many of them must show the finding, if its repetitions did. One would do, but what needs a fault is hard to tell of a trial that
 * shows it once in a while, and each step would make it rarer.
 */
const SHOWN = 2;

/**
 * Draws a trial from each seed and runs it; repeats one that fails, shrinks it, and changes one thing at a time to see what it needs.
 * All follows from the seed and the outcomes, so that an exploration that was stopped is resumed by its recorded runs.
 */
export async function explore(input: ExplorationInput): Promise<Exploration> {
  const { space, firstSeed, most, corpus, isOver } = input;
  const runs = new Runs(input);
  const trials = (index: number): Trial =>
    corpus[index] ?? drawTrial(space, (firstSeed + index - corpus.length) % 2 ** 32);
  for (let index = 0; index < corpus.length + most; index++) {
    const trial = trials(index);
    if (!runs.isRecorded(trial, 1) && isOver()) break;
    const first = await runs.attempt(trial, 1, index < corpus.length ? 'corpus' : `seed ${trial.seed}`);
    if (first === undefined) break;
    runs.seeds++;
    if (first.state === 'anomaly') await follow(trial, first, input, runs);
  }
  return runs.state;
}

/**
 * Repeats what failed, and finds what it needs and its smallest form, unless a finding explains it. What it needs comes as soon as
 * its possible causes are few, as time may run out.
 */
async function follow(trial: Trial, first: TrialOutcome, { space }: ExplorationInput, runs: Runs): Promise<void> {
  const known = runs.findings.findIndex((it) => explains(it, trial, first));
  const explained = runs.findings[known];
  if (explained !== undefined) {
    runs.findings[known] = { ...explained, alsoBy: [...explained.alsoBy, trial.seed] };
    return;
  }
  const { found, message } = first;
  const finding: ExplorationFinding = {
    seed: trial.seed,
    found,
    message,
    runs: first.run === undefined ? [] : [first.run],
    repeats: { found: 0, runs: 0 },
    smallest: trial,
    isSmallest: false,
    needs: [],
    alsoBy: [],
  };
  const index = runs.findings.push(finding) - 1;
  const update = (change: Partial<ExplorationFinding>) => {
    runs.findings[index] = { ...(runs.findings[index] ?? finding), ...change };
  };
  // The first run found it; those that repeat it come after.
  const repeats = await runs.count(trial, 2, REPEATS, found, 'repeat');
  update({ repeats });
  const wanted = Math.min(SHOWN, repeats.found);
  const fails = async (candidate: Trial): Promise<boolean | undefined> => {
    const shown = await runs.count(candidate, 1, TRIES, found, 'shrink', wanted);
    if (shown.found === wanted) {
      update({ smallest: candidate });
      return true;
    }
    const isUndecided = shown.found + TRIES - shown.runs >= wanted;
    return isUndecided ? undefined : false;
  };
  // What never shows again cannot be made smaller.
  if (repeats.found === 0) return;
  const { cause, rest } = shrinkingSteps(space);
  const { smallest: causing, isDone: hasCause } = await shrinkTrial(trial, cause, fails);
  update({ smallest: causing });
  if (!hasCause) return;
  const seen = causing === trial ? repeats : await runs.count(causing, 1, REPEATS, found, 'smaller');
  const enough = runsToExclude(seen.found, seen.runs);
  const needs: Need[] = [];
  for (const variation of variationsOf(causing, space)) {
    const counted = await runs.count(variation.trial, 1, enough, found, 'vary', 1);
    const verdict = counted.found > 0 ? 'not needed' : counted.runs < enough ? 'undecided' : 'needed';
    needs.push({ ...variation, ...counted, verdict });
    update({ needs: [...needs] });
  }
  const { smallest, isDone } = await shrinkTrial(causing, rest, fails);
  update({ smallest, isSmallest: isDone });
}

/** Whether a finding accounts for a trial that failed in the same way: it has all faults and settings that the finding needs. */
function explains(
  { found, smallest, needs, isSmallest }: ExplorationFinding,
  trial: Trial,
  first: TrialOutcome,
): boolean {
  if (!isSmallest || !isSame(found, first.found)) return false;
  const kinds = trial.faults.map(({ what }) => what);
  const neededKinds = smallest.faults
    .filter((_, index) => needs[index]?.verdict !== 'not needed')
    .map(({ what }) => what);
  const hasFaults = neededKinds.every((what) => kinds.includes(what));
  const changes = needs.filter(({ verdict }) => verdict === 'needed').map((it) => it.trial);
  // Of a setting that is needed, the value that makes the finding go away.
  const avoids = changes.some((it) =>
    Object.entries(it.settings).some(
      ([name, value]) => value !== (smallest.settings[name] ?? '') && (trial.settings[name] ?? '') === value,
    ),
  );
  return hasFaults && !avoids;
}

/** All runs: what is recorded is not run again. */
class Runs {
  readonly findings: ExplorationFinding[] = [];
  seeds = 0;
  readonly #input: ExplorationInput;
  readonly #byKey = new Map<string, TrialOutcome[]>();

  constructor(input: ExplorationInput) {
    this.#input = input;
    for (const { key, outcome } of input.recorded) this.#attemptsOf(key).push(outcome);
  }

  get state(): Exploration {
    return { seeds: this.seeds, findings: [...this.findings] };
  }

  isRecorded(trial: Trial, attempt: number): boolean {
    return this.#attemptsOf(keyOf(trial)).length >= attempt;
  }

  /** @param attempt from 1 @returns undefined if there is no time for it */
  async attempt(trial: Trial, attempt: number, purpose: string): Promise<TrialOutcome | undefined> {
    const key = keyOf(trial);
    const attempts = this.#attemptsOf(key);
    const recorded = attempts[attempt - 1];
    if (recorded !== undefined) return recorded;
    if (this.#input.isOver()) return undefined;
    const outcome = await this.#input.run(trial, purpose);
    attempts.push(outcome);
    await this.#input.onRun({ key, outcome }, this.state);
    return outcome;
  }

  /** How many of so many attempts show a finding. @param wanted as soon as so many do, or too few can, the rest is not done */
  async count(
    trial: Trial,
    from: number,
    times: number,
    found: readonly string[],
    purpose: string,
    wanted?: number,
  ): Promise<{ found: number; runs: number }> {
    const counted = { found: 0, runs: 0 };
    for (let attempt = from; attempt < from + times; attempt++) {
      const outcome = await this.attempt(trial, attempt, purpose);
      if (outcome === undefined) break;
      counted.runs++;
      if (outcome.state === 'anomaly' && isSame(outcome.found, found)) counted.found++;
      if (counted.found === wanted || counted.found + times - counted.runs < (wanted ?? 0)) break;
    }
    return counted;
  }

  #attemptsOf(key: string): TrialOutcome[] {
    const attempts = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, attempts);
    return attempts;
  }
}

/** What a finding needs, and what it does not, as far as is known. */
export const neededBy = ({ needs }: ExplorationFinding): string[] => [
  ...new Set(needs.filter(({ verdict }) => verdict === 'needed').map(({ without }) => without)),
];
