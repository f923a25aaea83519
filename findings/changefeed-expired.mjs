// A consumer is away for longer than the feed keeps its changes: 2 s, and up to 30 s until the server collects garbage.
import { setTimeout as sleep } from 'node:timers/promises';
import { conclude, sql } from './connect.mjs';

await sql('DEFINE TABLE t CHANGEFEED 2s; CREATE t:taken');
const [position = '0'] = (await sql('SHOW CHANGES FOR TABLE t SINCE 0')).match(/\d+(?=\}\],"status)/) ?? [];
await sql('CREATE t:missed');
const poll = () => sql(`SHOW CHANGES FOR TABLE t SINCE ${BigInt(position) + 1n}`);
for (let second = 0; second < 60 && (await poll()).includes('t:missed'); second++) await sleep(1000);
await sql('CREATE t:left');
const polled = await poll();
console.log(polled);
await conclude(
  polled.includes('t:left') && !polled.includes('t:missed'),
  'a poll from the consumer’s position answers with t:left, without t:missed and without an error',
);
