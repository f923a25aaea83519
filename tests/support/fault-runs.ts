import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FaultWindow, parseFaultsFile } from '../../lib/core/faults/window.ts';
import type { Operation } from '../../lib/core/history/history.ts';
import { readHistory } from '../../lib/node/load/history/history-file.ts';
import type { Result } from './commands.ts';

/** What a run with faults left. */
export interface FaultRun {
  readonly windows: readonly FaultWindow[];
  readonly operations: readonly Operation[];
  /** In how many regions the data were. */
  readonly regions: number | undefined;
}

/** @param result of a run that has ended */
export async function readFaultRun(result: Result): Promise<FaultRun> {
  const folder = result.results ?? assert.fail(result.stdout + result.stderr);
  const path = join(folder, 'faults.json');
  const { windows, regions } = parseFaultsFile(path, JSON.parse(await readFile(path, 'utf8')));
  const { operations } = await readHistory(join(folder, 'history.ndjson.gz'));
  return { windows, operations, regions };
}

/** How far the record may be from what happened, milliseconds. */
const EXACT = 100;

/** How late a fault may have taken effect, milliseconds: what the record itself says of a slow command of the user's. */
const lateness = ({ notes }: FaultWindow): number =>
  Math.max(
    EXACT,
    ...notes.map((note) => Number(/:start took (\d+) ms: the fault took effect at some time/.exec(note)?.[1] ?? 0)),
  );

/** Checks that a node acknowledged nothing while it was said to be away, and something before and after. */
export function assertAway(node: string, window: FaultWindow, operations: readonly Operation[]): void {
  const { began, healed } = window;
  assert.ok(began !== undefined && healed !== undefined, 'it began and was healed');
  const late = lateness(window);
  const ends = operations.flatMap((it) =>
    it.node === node && it.outcome === 'ok' && it.end !== undefined ? [it.end] : [],
  );
  assert.deepEqual(
    ends.filter((end) => end > began + late && end < healed - EXACT),
    [],
    `${node} acknowledged operations between ${began} and ${healed}`,
  );
  assert.ok(
    ends.some((end) => end <= began + late),
    `${node} acknowledged nothing before`,
  );
  assert.ok(
    ends.some((end) => end > healed),
    `${node} acknowledged nothing afterwards`,
  );
}
