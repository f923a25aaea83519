import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultWindow, parseFaultsFile } from '../../lib/core/faults/window.ts';
import type { Operation } from '../../lib/core/history.ts';
import { readHistory } from '../../lib/node/load/history-file.ts';
import type { Result, Running } from './commands.ts';

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

/**
 * Checks that a node acknowledged nothing that began while it was said to be away, and something before and after. What was under
 * way may still be acknowledged.
 */
export function assertAway(node: string, { began, healed }: FaultWindow, operations: readonly Operation[]): void {
  assert.ok(began !== undefined && healed !== undefined, 'it began and was healed');
  const acknowledged = operations.flatMap(({ node: asked, outcome, start, end }) =>
    asked === node && outcome === 'ok' && end !== undefined ? [{ start, end }] : [],
  );
  assert.deepEqual(
    acknowledged.filter(({ start, end }) => start > began + EXACT && end < healed - EXACT),
    [],
    `${node} acknowledged operations between ${began} and ${healed}`,
  );
  assert.ok(
    acknowledged.some(({ end }) => end <= began + EXACT),
    `${node} acknowledged nothing before`,
  );
  assert.ok(
    acknowledged.some(({ end }) => end > healed),
    `${node} acknowledged nothing afterwards`,
  );
}

/** Waits until a running script has said something. */
export async function untilSaid(running: Running, text: RegExp): Promise<void> {
  let ended = false;
  void running.result.then(() => {
    ended = true;
  });
  while (!text.test(running.stderr())) {
    assert.ok(!ended, running.stderr());
    await sleep(50);
  }
}
