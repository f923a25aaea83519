import { run } from 'node:test';
import type { Job } from './jobs.ts';

/** An event of node's test runner, as its reporters take them. */
export interface TestEvent {
  readonly type: string;
  readonly data: { readonly nesting?: number; readonly message?: string; readonly [field: string]: unknown };
}

/** Longest that one file may take, in ms: a multiple of what the longest takes, so that one that hangs fails by its name. */
const FILE_LIMIT = 15 * 60_000;

/** Runs the tests of a job in a process of its own, which ends by SIGTERM when `signal` says so. */
export async function resultsOf({ title, module }: Job, signal: AbortSignal): Promise<TestEvent[]> {
  const began = Date.now();
  const events: TestEvent[] = [];
  for await (const event of run({ files: [module], signal, timeout: FILE_LIMIT })) events.push(event as TestEvent);
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  return [{ type: 'test:stdout', data: { file: module, message: `\n${title} (${seconds} s)\n` } }, ...events];
}

const TOTAL = /^(tests|suites|pass|fail|cancelled|skipped|todo) (\d+)$/;

/** The events of several runs as those of one: with one summary at the end, whose numbers are the sums. */
export class Totals {
  readonly #counts = new Map<string, number>();
  readonly #began = Date.now();

  get failed(): boolean {
    return (this.#counts.get('fail') ?? 0) + (this.#counts.get('cancelled') ?? 0) > 0;
  }

  /** Takes the summary of one run out of its events. */
  withoutSummary(events: readonly TestEvent[]): TestEvent[] {
    return events.filter(({ type, data: { nesting, message = '' } }) => {
      if (type === 'test:summary') return false;
      if (type !== 'test:diagnostic' || nesting !== 0) return true;
      const [, name, count] = TOTAL.exec(message) ?? [];
      if (name !== undefined) this.#counts.set(name, (this.#counts.get(name) ?? 0) + Number(count));
      return name === undefined && !message.startsWith('duration_ms ');
    });
  }

  summary(): TestEvent[] {
    const lines = [...this.#counts].map(([name, count]) => `${name} ${count}`);
    return [...lines, `duration_ms ${Date.now() - this.#began}`].map((message) => ({
      type: 'test:diagnostic',
      data: { nesting: 0, message },
    }));
  }
}
