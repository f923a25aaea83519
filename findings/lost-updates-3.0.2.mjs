// Appends of 12 clients to lists, in one process: prints acknowledged elements that are gone. Engine 3.0.2, in memory; 15 s.
import { createNodeEngines } from '@surrealdb/node'; // 3.0.3
import { Surreal } from 'surrealdb'; // 2.0.8

const db = new Surreal({ engines: createNodeEngines() });
await db.connect('mem://');
await db.use({ namespace: 't', database: 't' });
await db.query('DEFINE TABLE list SCHEMAFULL; DEFINE FIELD elements ON list TYPE array<int>');
const acknowledged = [];
const began = Date.now();
const random = (n) => Math.floor(Math.random() * n);
const client = async (_, number) => {
  for (let next = number * 1e6; Date.now() < began + 15_000; ) {
    const second = Math.floor((Date.now() - began) / 1000);
    const steps = Array.from({ length: 1 + random(4) }, () => [`l${second}_${random(5)}`, random(2) ? -1 : next++]);
    const text = steps.map(([list, element]) =>
      element < 0
        ? `SELECT VALUE elements FROM ONLY list:${list};`
        : `UPSERT list:${list} SET elements += [${element}] RETURN NONE;`,
    );
    for (;;)
      try {
        await db.query(`BEGIN;${text.join('')}COMMIT;`).collect(); // throws where any statement failed
        acknowledged.push(...steps.filter(([, element]) => element >= 0));
        break;
      } catch (error) {
        if (!/conflict|retried/i.test(error.message)) throw error;
      }
  }
};
await Promise.all(Array.from({ length: 12 }, client));
for (const [list, element] of acknowledged) {
  const [elements] = await db.query(`SELECT VALUE elements FROM ONLY list:${list}`).collect();
  if (!elements.includes(element)) console.log('lost', list, element);
}
