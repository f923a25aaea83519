import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { HistoryTail, tailFigures, tailText } from '../../../lib/node/load/history/history-tail.ts';
import { temporaryFolder } from '../../support/commands.ts';

const textOf = (...tails: HistoryTail[]): string => tailText(tailFigures(tails));

/** A line as a scenario prints it. */
const line = (f: string, start: number, end: number, rest = '"outcome":"ok"') =>
  `{"process":1,"f":"${f}","node":"surreal-1","protocol":"sql","start":${start.toFixed(3)},"end":${end.toFixed(3)},${rest}}\n`;
const creates = (count: number, latency: number) =>
  Array.from({ length: count }, (_, index) => line('create', index, index + latency)).join('');

test('the progress line shows rate, p95, errors and conflicts of the last two seconds, and anomalies that can be seen', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'history.ndjson');
  const tail = new HistoryTail(path);
  await tail.look(0);
  assert.match(textOf(tail), /^0 operations/, 'there is no file yet');
  await writeFile(path, '{"history":1}\nseeded 400 of 1000 usertable\n');
  await tail.look(500);
  assert.equal(textOf(tail), 'seeded 400 of 1000 usertable');
  await appendFile(path, creates(94, 2) + creates(6, 50));
  await tail.look(1000);
  assert.equal(textOf(tail), '100 operations, 100/s, p95 50.0 ms, 0 errors, 0 conflicts');
  await appendFile(
    path,
    [
      line('bank/transfer', 1, 2, '"attempts":2,"tries":[0.4,0.3],"outcome":"ok"'),
      line('bank/transfer', 1, 2, '"attempts":3,"tries":[1,1,1],"error":"conflict","outcome":"conflict"'),
      line('bank/transfer', 1, 2, '"refused":true,"error":"overdrawn","outcome":"failed"'),
      line('create', 1, 2, '"error":"timeout","outcome":"unknown"'),
      line('blog/saw-wrong-record', 1, 2),
      line('invariant', 1, 2, '"key":"stock","value":[],"outcome":"ok"'),
      line('invariant', 1, 2, '"key":"stock","value":[{"id":"a"}],"outcome":"ok"'),
    ].join(''),
  );
  await tail.look(1500);
  assert.match(textOf(tail), /^106 operations, .*, 1 errors, 2 conflicts, 2 wrong answers or broken invariants$/);
  for (const now of [2000, 2500, 3000, 3500, 4000]) await tail.look(now);
  assert.match(
    textOf(tail),
    /^106 operations, 0\/s, 1 errors/,
    'what is older than two seconds is not the rate of now',
  );
  await tail.close();
});

test('a line that comes in two parts is counted once, and several generators are summed', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'history.ndjson');
  const whole = line('create', 1, 2);
  await writeFile(path, whole.slice(0, 70));
  const tails = [new HistoryTail(path), new HistoryTail(path)];
  for (const tail of tails) await tail.look(0);
  await appendFile(path, whole.slice(70));
  for (const tail of tails) await tail.look(1000);
  assert.equal(textOf(...tails), '2 operations, 2/s, 0 errors, 0 conflicts');
  for (const tail of tails) await tail.close();
});
