import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { slowRules } from '../../../lib/node/faults/network-namespace.ts';
import { LinkProxy, type LinkState } from '../../../lib/node/faults/proxy.ts';
import { Replacement } from '../../../lib/node/faults/store-links.ts';

const WELL: LinkState = { direction: 'both', cut: false, latency: 0, jitter: 0, loss: 0 };

test('addresses are replaced wherever the stream is divided', () => {
  const addresses = new Map([
    ['127.0.0.1:2379', '127.0.0.1:4711'],
    ['127.0.0.1:20160', '127.0.0.1:31001'],
  ]);
  const part = fc.constantFrom(...addresses.keys(), '127.0.0.1:2', '1', 'x', '127.0.0.1:127.0.0.1:2379', 'http://');
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (parts, sizes) => {
      const text = parts.join('');
      const replacement = new Replacement(addresses);
      let out = '';
      for (let at = 0, turn = 0; at < text.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        out += replacement.next(Buffer.from(text.slice(at, at + size))).toString();
        at += size;
      }
      out += replacement.rest().toString();
      let expected = text;
      for (const [from, to] of addresses) expected = expected.replaceAll(from, to);
      assert.equal(out, expected);
    }),
  );
});

/** A server that sends back what it gets, behind a proxy; and a connection to it. */
async function throughProxy(work: (proxy: LinkProxy, client: Socket, heard: () => string) => Promise<void>) {
  const server = createServer((socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = await LinkProxy.listen({ to: { host: '127.0.0.1', port }, listen: { host: '127.0.0.1', port: 0 } });
  const client = connect(proxy.port, '127.0.0.1');
  let heard = '';
  client.on('data', (chunk) => {
    heard += chunk;
  });
  try {
    await work(proxy, client, () => heard);
  } finally {
    client.destroy();
    await proxy.close();
    server.close();
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await sleep(5);
};

test('what is cut arrives after it is healed, in order and whole', () =>
  throughProxy(async (proxy, client, heard) => {
    client.write('one ');
    await until(() => heard() === 'one ');
    for (const direction of ['both', 'in', 'out'] as const) {
      const before = heard();
      const heal = proxy.disturb({ ...WELL, direction, cut: true });
      client.write(`${direction} `);
      client.write('again ');
      await sleep(60);
      assert.equal(heard(), before);
      heal();
      await until(() => heard() === `${before}${direction} again `);
    }
  }));

test('latency is added to each way, and the order is kept in spite of jitter and loss', () =>
  throughProxy(async (proxy, client, heard) => {
    const heal = proxy.disturb({ ...WELL, latency: 30, jitter: 30, loss: 0.05 });
    const sent = Array.from({ length: 50 }, (_, index) => `${index},`);
    for (const text of sent) {
      client.write(text);
      await sleep(1);
    }
    await until(() => heard() === sent.join(''));
    heal();
    const steady = proxy.disturb({ ...WELL, latency: 30 });
    const start = Date.now();
    client.write('!');
    await until(() => heard().endsWith('!'));
    assert.ok(Date.now() - start >= 59, 'there and back');
    steady();
  }));

test('the end of a connection passes, and waits where the way is cut', () =>
  throughProxy(async (proxy, client, heard) => {
    const heal = proxy.disturb({ ...WELL, cut: true });
    client.end('last words');
    await sleep(50);
    assert.equal(heard(), '');
    heal();
    await once(client, 'close');
    assert.equal(heard(), 'last words');
  }));

test('what containers cannot do in both directions is put on the outgoing one', () => {
  const slow = { ...WELL, latency: 100, jitter: 10, loss: 0.1 };
  const [both] = slowRules('eth1', slow);
  assert.equal(both.join(' '), 'tc qdisc add dev eth1 root netem delay 200ms 20ms loss 19%');
  const [out, undo] = slowRules('eth1', { ...slow, direction: 'out', latency: 0, jitter: 0 });
  assert.equal(out.join(' '), 'tc qdisc add dev eth1 root netem loss 10%');
  assert.equal(undo.join(' '), 'tc qdisc del dev eth1 root netem');
});

test('what is on its way when a host is lost never arrives, and its connections fall silent without being closed', async () => {
  const received: string[] = [];
  const closed: string[] = [];
  const server = createServer((socket) => {
    socket.on('data', (chunk) => received.push(String(chunk)));
    socket.on('end', () => closed.push('end'));
    socket.on('error', () => closed.push('reset'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = await LinkProxy.listen({ to: { host: '127.0.0.1', port }, listen: { host: '127.0.0.1', port: 0 } });
  const client = connect(proxy.port, '127.0.0.1');
  client.on('error', () => {});
  client.write('arrives');
  await until(() => received.length > 0);
  const steady = proxy.disturb({ ...WELL, latency: 40 });
  client.write('is on its way');
  await sleep(20);
  const back = proxy.loseHost();
  client.destroy(); // As the kernel does for a process that is killed.
  const late = connect(proxy.port, '127.0.0.1');
  let lateClosed = false;
  late.on('error', () => {});
  late.on('close', () => {
    lateClosed = true;
  });
  await once(late, 'connect');
  late.write('anybody there?');
  await sleep(150);
  assert.deepEqual(received, ['arrives']);
  assert.deepEqual(closed, []);
  assert.equal(lateClosed, false);
  back();
  steady();
  await until(() => closed.length > 0 && lateClosed);
  assert.deepEqual(closed, ['reset']);
  const next = connect(proxy.port, '127.0.0.1');
  next.write('is back');
  await until(() => received.length > 1);
  assert.deepEqual(received, ['arrives', 'is back']);
  next.destroy();
  await proxy.close();
  server.close();
});
