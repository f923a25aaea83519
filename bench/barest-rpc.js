// The barest k6 script that sends the bytes of scenario `writes` by RPC: what any client on k6/websockets costs at least.
import { WebSocket } from 'k6/websockets';

const { URL, TOKEN, NAMESPACE, VUS, DURATION } = __ENV;

export const options = { vus: Number(VUS), duration: DURATION };

export default function () {
  const socket = new WebSocket(`${URL.replace('http', 'ws')}/rpc`, null, {
    headers: { 'Sec-WebSocket-Protocol': 'json' },
  });
  // `__VU` and no `exec.vu.idInTest`, as in barest.js.
  const prefix = `v${String(__VU).padStart(4, '0')}n`;
  let number = 0;
  let id = 0;
  const send = (method, params) => socket.send(`{"id":"${++id}","method":"${method}","params":${params}}`);
  socket.onopen = () => send('use', `["${NAMESPACE}","load"]`);
  socket.onmessage = () => {
    if (id === 1) return send('authenticate', `["${TOKEN}"]`);
    const content = `{"client":${__VU},"number":${number},"payload":"0123456789abcdef0123456789"}`;
    return send('create', `["writes:${prefix}${1_000_000 + number++}",${content}]`);
  };
}
