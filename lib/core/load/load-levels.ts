import type { LoadPlan } from './load-plan.ts';
import { PROFILES, type Profile, type ProfileName } from './profiles.ts';

/** A span of a run in which the load was about constant. */
export interface LoadLevel {
  /** Milliseconds since the beginning of the load. */
  readonly from: number;
  readonly to: number;
  /** Mean of what was asked for: iterations a second in the open model, virtual users in the closed one. */
  readonly load: number;
}

/** Spans into which the rise of a profile with stages is cut. */
const SLICES = 12;

/**
 * The rising part of a run as levels of load, lowest first: the rungs of `breakpoint`, or the stages of `stress` up to its peak in
 * slices of equal length. Empty for profiles whose load does not rise slowly enough to tell levels apart.
 */
export function loadLevels(
  profile: ProfileName,
  { measured, model, vus }: Pick<LoadPlan, 'measured' | 'model' | 'vus'>,
): LoadLevel[] {
  const { rungs, stages, from, risesSlowly = false }: Profile = PROFILES[profile];
  if (rungs !== undefined)
    return measured.flatMap(({ start, milliseconds, rate }) =>
      rate === undefined ? [] : [{ from: start, to: start + milliseconds, load: rate }],
    );
  const [phase] = measured;
  if (!risesSlowly || phase === undefined) return [];
  const peak = model === 'closed' ? vus : (phase.rate ?? 0);
  const top = stages.findIndex(({ level }) => level === Math.max(...stages.map((stage) => stage.level)));
  const rising = stages.slice(0, top + 1);
  const share = rising.reduce((sum, stage) => sum + stage.share, 0);
  const length = (share * phase.milliseconds) / SLICES;
  return Array.from({ length: SLICES }, (_, slice) => {
    const middle = ((slice + 0.5) / SLICES) * share;
    const begin = phase.start + slice * length;
    return { from: begin, to: begin + length, load: peak * levelAt(rising, from, middle) };
  });
}

/** Level of a profile after a share of its duration: stages are straight lines. */
function levelAt(stages: Profile['stages'], from: number, at: number): number {
  let [level, begin] = [from, 0];
  for (const stage of stages) {
    if (at <= begin + stage.share) return level + ((at - begin) / stage.share) * (stage.level - level);
    begin += stage.share;
    level = stage.level;
  }
  return level;
}
