import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { portsFrom } from '../../../lib/node/targets/ports.ts';

test('free ports differ from one another, and are let go', async () => {
  const ports = await portsFrom(0, 40);
  assert.equal(new Set(ports).size, 40);
  const [first = 0] = ports;
  assert.deepEqual(await portsFrom(first, 1), [first]);
});

test('a port that is taken is named, with what else to choose', async () => {
  const [port = 0] = await portsFrom(0, 1);
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  try {
    await assert.rejects(portsFrom(port, 1), {
      message: `Port ${port} is taken by another program. Stop that program, or choose other ports: --port ${port + 100}, or --port 0 for any free ones.`,
    });
  } finally {
    holder.close();
  }
});
