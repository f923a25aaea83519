// Creates a record by REST under an id with a hyphen, and looks under which id it is.
import { conclude, headers, nodes, sql } from './connect.mjs';

const asked = 'a-b';
await fetch(`${nodes[0]}/key/thing/${asked}`, { method: 'POST', headers, body: '{"v":1}' });
const [{ result }] = JSON.parse(await sql('SELECT VALUE record::id(id) FROM thing'));
await conclude(result[0] !== asked, `POST /key/thing/${asked} wrote thing:${result[0]}`);
