import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Acknowledgements } from '../../../lib/node/faults/acknowledgements.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n';
const OK = `${ANSWER}[{"status":"OK"}]`;

const CASES: [name: string, request: string, answer: string, acknowledges: boolean][] = [
  ['a transaction', 'POST /sql HTTP/1.1\r\n\r\nBEGIN; UPDATE a:1 SET b = 1; COMMIT;', OK, true],
  ['a create by REST', 'POST /key/post/1 HTTP/1.1\r\n\r\n{}', OK, true],
  ['a read', 'POST /sql HTTP/1.1\r\n\r\nSELECT * FROM a', OK, false],
  ['a read by REST', 'GET /key/post/1 HTTP/1.1\r\n\r\n', OK, false],
  ['a sign-in', 'POST /signin HTTP/1.1\r\n\r\n{}', OK, false],
  ['a conflict', 'POST /sql HTTP/1.1\r\n\r\nCREATE a:1', `${ANSWER}[{"status":"ERR"}]`, false],
  ['an error', 'POST /sql HTTP/1.1\r\n\r\nCREATE a:1', 'HTTP/1.1 503 Unavailable\r\n\r\n', false],
];
for (const [name, request, answer, acknowledges] of CASES)
  test(`the answer to ${name} is ${acknowledges ? 'an acknowledgement of a write' : 'none'}`, async () => {
    const acknowledgements = new Acknowledgements();
    const { signal } = new AbortController();
    const next = acknowledgements.next(['surreal-2'], 5, signal);
    for (const node of ['surreal-1', ...(acknowledges ? ['surreal-2'] : [])]) {
      const connection = acknowledgements.watch(node);
      connection.request(Buffer.from(request));
      connection.response(Buffer.from(answer));
    }
    if (!acknowledges) {
      const connection = acknowledgements.watch('surreal-2');
      connection.request(Buffer.from(request));
      connection.response(Buffer.from(answer));
    }
    assert.equal(await next, acknowledges);
  });

test('waiting for an acknowledgement ends with the run', async () => {
  const end = new AbortController();
  const next = new Acknowledgements().next(['surreal-1'], 60_000, end.signal);
  end.abort(new Error('over'));
  await assert.rejects(next, /over/);
});
