import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { type LiveFigures, serveLive } from '../../../lib/node/load/live/live-page.ts';

const FIGURES = {
  operations: 0,
  perSecond: 0,
  p95: undefined,
  errors: 0,
  conflicts: 0,
  anomalies: 0,
  seeding: undefined,
};

test('the live page shows figures and dashboard on loopback, and says when the load is over', async () => {
  const live = await serveLive('writes <smoke>', 0);
  try {
    const page = await (await fetch(live.url)).text();
    assert.match(page, /writes &lt;smoke/);
    assert.ok(page.includes(`src="http://127.0.0.1:${live.dashboardPort}/"`));
    const figures = async () => (await (await fetch(`${live.url}figures`)).json()) as LiveFigures | null;
    assert.equal(await figures(), null, 'nothing is known yet');
    live.show(FIGURES);
    assert.equal((await figures())?.isLoading, true, 'the load has not begun');
    live.show({ ...FIGURES, operations: 5, errors: 1 });
    assert.deepEqual(await figures().then((it) => [it?.operations, it?.errors, it?.isLoading]), [5, 1, false]);
    assert.equal((await fetch(`${live.url}etc/passwd`)).status, 404);
  } finally {
    live.close();
  }
});

test('a page elsewhere that resolves its own name to this address is refused', async () => {
  const live = await serveLive('writes', 1000);
  try {
    const status = await new Promise((resolve) =>
      request(`${live.url}figures`, { headers: { host: 'evil.example' } }, ({ statusCode }) =>
        resolve(statusCode),
      ).end(),
    );
    assert.equal(status, 403);
  } finally {
    live.close();
  }
});
