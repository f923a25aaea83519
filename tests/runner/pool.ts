import type { Job } from './jobs.ts';

/** Whether a job can begin while others run. */
export function fits(job: Job, running: readonly Job[]): boolean {
  const alone = (each: Job): boolean => each.needs.includes('the machine');
  if (running.length > 0 && (alone(job) || running.some(alone))) return false;
  return !job.needs.some((need) => running.some(({ needs }) => needs.includes(need)));
}

/** Runs jobs side by side, as many at once and as their needs allow; yields what each comes to when it ends. */
export async function* runJobs<T>(
  jobs: readonly Job[],
  atOnce: number,
  run: (job: Job) => Promise<T>,
): AsyncGenerator<T> {
  const waiting = [...jobs];
  const running = new Map<Job, Promise<readonly [job: Job, result: T]>>();
  while (waiting.length + running.size > 0) {
    const next = waiting.findIndex((job) => running.size < atOnce && fits(job, [...running.keys()]));
    const [job] = next === -1 ? [] : waiting.splice(next, 1);
    if (job !== undefined)
      running.set(
        job,
        run(job).then((result) => [job, result] as const),
      );
    else {
      const [ended, result] = await Promise.race(running.values());
      running.delete(ended);
      yield result;
    }
  }
}
