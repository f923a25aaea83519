import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { beganBy, looksAt } from '../../core/history/clocks.ts';
import { type HistoryHeader, parseClock, parseHeader, parseLoadBegins } from '../../core/history/history.ts';

/** The clock of a run's history, seen from this process. */
export interface TestClock {
  /** When the load began, on the history's clock. */
  readonly loadBegan: number;
  /** A time of the wall clock, milliseconds since 1970, on the history's clock. */
  at(wall: number): number;
  /** A time of the history's clock on the wall clock. */
  wall(at: number): number;
}

const POLL_MS = 20;
/** Header and messages of set-up come first, and the load begins right behind them. */
const MOST_BYTES = 1 << 20;

/**
 * Waits until k6 has written to its history when its clock began and when the load begins.
 * @param history path of the history that is being recorded
 * @throws the signal's reason
 */
export async function readClock(history: string, signal: AbortSignal): Promise<TestClock> {
  for (;;) {
    signal.throwIfAborted();
    const clock = clockIn(await beginningOf(history));
    if (clock !== undefined) return clock;
    await sleep(POLL_MS);
  }
}

async function beginningOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  try {
    const { buffer, bytesRead } = (await file?.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0)) ?? {};
    return buffer?.toString('utf8', 0, bytesRead) ?? '';
  } finally {
    await file?.close();
  }
}

function clockIn(text: string): TestClock | undefined {
  // The last part may be half a line.
  const lines = text.split('\n').slice(0, -1);
  const loadBegan = lines.map(parseLoadBegins).find((it) => it !== undefined);
  if (loadBegan === undefined) return undefined;
  const header: HistoryHeader = parseHeader(lines[0] ?? '');
  const began = header.began ?? beganOf(lines);
  if (began === undefined) return undefined;
  return { loadBegan, at: (wall) => wall - began, wall: (at) => at + began };
}

/** One of several generators waits for its start during set-up, and tells its clock when it goes on. */
function beganOf(lines: readonly string[]): number | undefined {
  const looks = lines.flatMap((line) => parseClock(line) ?? []);
  const [look] = looksAt(looks, 'machine');
  return look && beganBy(look);
}
