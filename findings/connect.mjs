// What the scripts of findings share: SurrealQL over HTTP to the nodes of NODES, as root, in a database of their own.
const { NODES = 'http://127.0.0.1:8000', SURREAL_USER: user = 'root', SURREAL_PASS: pass = 'root' } = process.env;

export const nodes = NODES.split(',');
export const namespace = `load_finding_${Date.now()}`;

const json = { Accept: 'application/json' };
const signedIn = await fetch(`${nodes[0]}/signin`, {
  method: 'POST',
  headers: json,
  body: JSON.stringify({ user, pass }),
});
export const { token } = await signedIn.json();
export const headers = { ...json, Authorization: `Bearer ${token}`, 'surreal-ns': namespace, 'surreal-db': 'finding' };

/** The answer as text: numbers beyond 2^53 keep their digits. */
export async function sql(text, node = nodes[0]) {
  return (await fetch(`${node}/sql`, { method: 'POST', headers, body: text })).text();
}

await sql(`DEFINE NAMESPACE ${namespace}; USE NS ${namespace}; DEFINE DATABASE finding;`);

/** Ends with exit code 99 if the finding was seen, 0 if not. */
export async function conclude(seen, what) {
  await sql(`REMOVE NAMESPACE ${namespace}`);
  console.log(`${seen ? 'seen' : 'not seen'}: ${what}`);
  process.exit(seen ? 99 : 0);
}
