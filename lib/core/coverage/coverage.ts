import { HAPPENED, type RecordedRun } from './happened.ts';
import { SITUATIONS, type SituationName } from './situations.ts';

/** Which of the situations that a scenario is about happened in a run. */
export interface Coverage {
  readonly seen: readonly SituationName[];
  readonly missing: readonly SituationName[];
}

/** Both in the order of SITUATIONS. @param declared of the scenario; those that only a fault can bring about count in runs with faults */
export function coverageOf(declared: readonly SituationName[], run: RecordedRun): Coverage {
  const counted = (Object.keys(SITUATIONS) as SituationName[]).filter(
    (name) => declared.includes(name) && (!('underFaults' in SITUATIONS[name]) || run.faults.length > 0),
  );
  const seen = counted.filter((name) => HAPPENED[name](run));
  return { seen, missing: counted.filter((name) => !seen.includes(name)) };
}

/** `exercised 9 of 11; not seen: several regions, unknown applied`; empty if nothing was declared. */
export function coverageText({ seen, missing }: Coverage): string {
  const all = seen.length + missing.length;
  if (all === 0) return '';
  return `exercised ${seen.length} of ${all}${missing.length === 0 ? '' : `; not seen: ${missing.join(', ')}`}`;
}
