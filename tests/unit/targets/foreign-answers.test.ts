// What stands at a node's URL may be something else: a proxy that redirects, a page of HTML, an empty answer.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { classifySql } from '../../../lib/core/protocols/outcome.ts';
import { Failure } from '../../../lib/node/cli/errors.ts';
import { signIn, versionOf } from '../../../lib/node/targets/http.ts';

async function failures(answer: RequestListener): Promise<string[]> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = [versionOf(url), signIn(url, { user: 'root', pass: 's3cret' })];
  const settled = await Promise.allSettled(asked);
  server.closeAllConnections();
  server.close();
  return settled.map((each) => {
    assert.ok(each.status === 'rejected' && each.reason instanceof Failure, JSON.stringify(each));
    assert.doesNotMatch(each.reason.message, /s3cret|\n/);
    return each.reason.message;
  });
}

test('a node that redirects is refused, and the other server is never asked', async () => {
  const asked: string[] = [];
  const messages = await failures(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  for (const message of messages) assert.match(message, /redirects to \/elsewhere \(HTTP 307\)/);
  assert.deepEqual(asked.toSorted(), ['/signin', '/version']);
});

for (const body of ['', '<html><body>Welcome</body></html>', 'null', '"x"', '{"token":1}'])
  test(`a node that answers ${JSON.stringify(body)} to everything is refused in one line with what it answered`, async () => {
    const [version = '', token = ''] = await failures((_request, response) => response.end(body));
    assert.match(version, /is not a SurrealDB server: its \/version answered HTTP 200/);
    assert.match(token, /answered the sign-in without a token/);
  });

test('a redirect of a statement is an error of its own kind, whose effect is unknown', () => {
  const answer = classifySql({ status: 307, body: '', error_code: 0 });
  assert.ok(answer.outcome === 'unknown' && answer.kind === 'redirect');
});
