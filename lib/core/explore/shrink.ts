import type { Step } from './space.ts';
import { isPossible, keyOf, type Trial } from './trial.ts';

/** Whether a trial still shows what was found; undefined if there is no time to find out. */
type Fails = (candidate: Trial) => Promise<boolean | undefined>;

/**
 * Makes a failing trial smaller, part by part. fast-check says what is smaller. The walk is ours, because a trial takes half a minute:
 * nothing is tried twice, and a part that is done is not looked at again.
 *
 * @returns the smallest that was seen to fail, and whether everything smaller was tried
 */
export async function shrinkTrial(
  trial: Trial,
  steps: readonly Step[],
  fails: Fails,
): Promise<{ readonly smallest: Trial; readonly isDone: boolean }> {
  const tried = new Set([keyOf(trial)]);
  const isOut = { ofTime: false };
  const isSmaller = async (candidate: Trial): Promise<boolean> => {
    if (isOut.ofTime || tried.has(keyOf(candidate)) || !isPossible(candidate)) return false;
    tried.add(keyOf(candidate));
    const failed = await fails(candidate);
    isOut.ofTime = failed === undefined;
    return failed === true;
  };
  let smallest = trial;
  for (const step of steps) smallest = await shrinkPart(smallest, step, isSmaller);
  return { smallest, isDone: !isOut.ofTime };
}

async function shrinkPart(
  trial: Trial,
  { part, arbitrary }: Step,
  isSmaller: (candidate: Trial) => Promise<boolean>,
): Promise<Trial> {
  if (!arbitrary.canShrinkWithoutContext(trial[part])) return trial;
  for (const { value } of arbitrary.shrink(trial[part], undefined)) {
    const candidate = { ...trial, [part]: value };
    if (await isSmaller(candidate)) return shrinkPart(candidate, { part, arbitrary }, isSmaller);
  }
  return trial;
}
