import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elapsed, type ProgressStream, spinning, terminalProgress } from '../../../lib/node/cli/progress.ts';

function recorder(
  terminal: { readonly columns: number } | undefined,
): ProgressStream & { readonly text: () => string } {
  const written: string[] = [];
  return {
    ...(terminal ? { isTTY: true, columns: terminal.columns } : {}),
    write: (text) => written.push(text),
    text: () => written.join(''),
  };
}

test('durations are written for people', () => {
  assert.deepEqual([0, 999, 45_400, 60_000, 125_000, 3_600_000].map(elapsed), [
    ...['0 s', '0 s', '45 s', '1 min 00 s', '2 min 05 s', '60 min 00 s'],
  ]);
});

test('without a terminal a line appears every 15 seconds while work goes on, and none after it', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const stream = recorder(undefined);
  const progress = terminalProgress(stream, {});
  const result = await progress.spin('Building', async (detail) => {
    t.mock.timers.tick(14_999);
    detail('12 packages');
    t.mock.timers.tick(1);
    t.mock.timers.tick(15_000);
    return 7;
  });
  t.mock.timers.tick(60_000);
  assert.equal(result, 7);
  assert.equal(stream.text(), 'Building\nBuilding (15 s, 12 packages)\nBuilding (30 s, 12 packages)\n');
});

test('in CI a terminal gets plain lines as well', async () => {
  const stream = recorder({ columns: 80 });
  await terminalProgress(stream, { CI: 'true' }).spin('Building', async () => {});
  assert.equal(stream.text(), 'Building\n');
});

test('on a terminal one line is drawn anew, fits, and is gone in the end, also after an error', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const stream = recorder({ columns: 24 });
  const progress = terminalProgress(stream, {});
  await assert.rejects(
    progress.spin('Building', async (detail) => {
      detail('a detail that does not fit');
      t.mock.timers.tick(5_000);
      throw new Error('broken');
    }),
    /broken/,
  );
  const drawn = stream.text().split('\r\u001b[K');
  assert.equal(drawn.at(-1), '');
  assert.ok(drawn.every((line) => line.length < 24));
  assert.ok(
    drawn.some((line) => line.endsWith('Building (5 s, a deta')),
    drawn.join('|'),
  );
});

test('progress that cannot spin says the title', async () => {
  const said: string[] = [];
  assert.equal(await spinning({ say: (line) => said.push(line) }, 'Working', async () => 3), 3);
  assert.deepEqual(said, ['Working']);
});
