import { setTimeout as sleep } from 'node:timers/promises';
import { type Progress, spinning } from '../../cli/progress.ts';
import type { Child } from '../../process/child.ts';
import { HistoryTail, tailFigures, tailText } from '../history/history-tail.ts';
import type { LivePage } from '../live/live-page.ts';

/** Pause between two looks at the histories for the progress line. */
const LOOK_EVERY_MS = 500;

/** One k6 process that loads, and the history that it writes. */
interface Loading {
  readonly child: Child;
  readonly history: string;
}

/** Where it is shown how a load goes. */
export interface Showing {
  readonly progress: Progress;
  readonly live?: LivePage | undefined;
}

/** Shows on the progress line how a load goes, until all its processes have ended. */
export async function untilEnded(
  processes: readonly Loading[],
  title: string,
  { progress, live }: Showing,
): Promise<void> {
  const tails = processes.map(({ history }) => new HistoryTail(history));
  const all = Promise.all(processes.map(({ child }) => child.exited));
  await spinning(progress, title, (detail) =>
    lookUntil(all, async () => {
      await Promise.all(tails.map((tail) => tail.look()));
      const figures = tailFigures(tails);
      detail(tailText(figures));
      live?.show(figures);
    }),
  );
  await Promise.all(tails.map((tail) => tail.close()));
}

/** Looks now and then, one look after the other: a machine short of CPU takes longer than the pause for one. */
async function lookUntil(ended: Promise<unknown>, look: () => Promise<void>): Promise<void> {
  let goesOn = true;
  const end = ended.then(() => {
    goesOn = false;
  });
  while (goesOn) {
    await look();
    await Promise.race([end, sleep(LOOK_EVERY_MS)]);
  }
}
