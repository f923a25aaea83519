// Appends two elements to a list by UPSERT with an expression, and looks whether both are there.
import { conclude, sql } from './connect.mjs';

for (const element of [1, 2]) await sql(`UPSERT list:a SET elements = array::append(elements ?? [], ${element})`);
const [{ result }] = JSON.parse(await sql('SELECT VALUE elements FROM list:a'));
await conclude(result[0].length < 2, `after two appends the list is ${JSON.stringify(result[0])}`);
