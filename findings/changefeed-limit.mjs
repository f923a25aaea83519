// A consumer of table `quiet` polls from where it has come; 1,500 changes of table `busy` lie between it and the next change.
import { conclude, sql } from './connect.mjs';

const newest = (answer) =>
  answer
    .match(/"versionstamp":\d+/g)
    ?.at(-1)
    ?.slice('"versionstamp":'.length);

await sql('DEFINE TABLE quiet CHANGEFEED 1h; DEFINE TABLE busy CHANGEFEED 1h');
const position = newest(await sql('SHOW CHANGES FOR TABLE quiet SINCE 0 LIMIT 1000'));
for (let number = 0; number < 1500; number++) await sql(`CREATE busy:${number}`);
await sql('CREATE quiet:1');
const polled = await sql(`SHOW CHANGES FOR TABLE quiet SINCE ${BigInt(position) + 1n} LIMIT 1000`);
console.log(`SHOW CHANGES FOR TABLE quiet SINCE ${BigInt(position) + 1n} LIMIT 1000: ${polled}`);
await conclude(
  !polled.includes('quiet:1'),
  'quiet:1 was created, and a poll from the consumer’s position does not show it',
);
