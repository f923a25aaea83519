// Subscribes on the last node, writes on the first and on the last, and counts what is notified. Node 22, or 20 with --experimental-websocket.
import { setTimeout as sleep } from 'node:timers/promises';
import { conclude, namespace, nodes, sql, token } from './connect.mjs';

const [writer, subscriber] = [nodes[0], nodes.at(-1)];
const socket = new WebSocket(`${subscriber.replace('http', 'ws')}/rpc`, 'json');
const answers = new Map();
const notified = [];
let ids = 0;
socket.onmessage = ({ data }) => {
  const { id, result } = JSON.parse(data);
  if (id === undefined) notified.push(result.result.id);
  else answers.get(id)(result);
};
const call = (method, ...params) =>
  new Promise((resolve) => {
    const id = ids++;
    answers.set(id, resolve);
    socket.send(JSON.stringify({ id, method, params }));
  });

await new Promise((resolve) => {
  socket.onopen = resolve;
});
await sql('DEFINE TABLE thing');
await call('authenticate', token);
await call('use', namespace, 'finding');
await call('query', 'LIVE SELECT * FROM thing');
for (let number = 0; number < 20; number++) {
  await sql(`CREATE thing:other${number}`, writer);
  await sql(`CREATE thing:own${number}`, subscriber);
}
await sleep(2000);
const [other, own] = ['other', 'own'].map((kind) => notified.filter((id) => id.includes(kind)).length);
await conclude(
  other < 20,
  `notified: ${own} of 20 written on the subscriber's node, ${other} of 20 written on another`,
);
