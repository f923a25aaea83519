// The barest k6 script that sends the bytes of scenario `writes` by RPC: what any client on k6/websockets costs at least. With
// MEASURES it also waits for each answer and measures how long that takes, as any load test must.
import execution from 'k6/execution';
import { Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';

const { URL, TOKEN, NAMESPACE, VUS, DURATION, MEASURES } = __ENV;

export const options = { vus: Number(VUS), duration: DURATION };

const { add } = new Trend('duration', true);

export default function () {
  const socket = new WebSocket(`${URL.replace('http', 'ws')}/rpc`, null, {
    headers: { 'Sec-WebSocket-Protocol': 'json' },
  });
  // `__VU` and no `exec.vu.idInTest`, as in barest.js.
  const prefix = `v${String(__VU).padStart(4, '0')}n`;
  let number = 0;
  let id = 0;
  const send = (method, params) => socket.send(`{"id":"${++id}","method":"${method}","params":${params}}`);
  const create = () => {
    const content = `{"client":${__VU},"number":${number},"payload":"0123456789abcdef0123456789"}`;
    send('create', `["writes:${prefix}${1_000_000 + number++}",${content}]`);
  };
  let answered = MEASURES ? measure : create;
  async function measure() {
    const { instance } = execution;
    for (;;) {
      const start = instance.currentTestRunDuration;
      await new Promise((resolve) => {
        answered = resolve;
        create();
      });
      add(instance.currentTestRunDuration - start);
    }
  }
  socket.onopen = () => send('use', `["${NAMESPACE}","load"]`);
  socket.onmessage = () => (id === 1 ? send('authenticate', `["${TOKEN}"]`) : answered());
}
