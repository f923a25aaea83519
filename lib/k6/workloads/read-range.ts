import { queryPatiently } from '../operations/final-read.ts';
import { lineStart, record } from '../operations/recorder.ts';
import type { Route } from '../session/route.ts';
import { now } from '../test/execution.ts';

const PAGE = 1000;

/**
 * Reads id and one field of all records of a table with ids in [from, to), page by page; an empty bound is open.
 * Recorded in the history as one `final-read`.
 *
 * @param key in the history
 * @returns pairs of id and value, or undefined where the node did not answer to the end
 */
export function readRange(
  route: Route,
  table: string,
  field: string,
  from: string,
  to: string,
  key = `${from}..${to}`,
): [string, unknown][] | undefined {
  const start = now();
  const found: [string, unknown][] = [];
  let lower = from;
  for (;;) {
    const page = readPage(route, `SELECT record::id(id) AS id, ${field} FROM ${table}:${lower}..${to} LIMIT ${PAGE}`);
    if (page === undefined) return undefined;
    for (const entry of page) found.push([String(entry.id), entry[field]]);
    const last = page.at(-1)?.id;
    if (page.length < PAGE) break;
    lower = `${String(last)}>`;
  }
  const answer = { outcome: 'ok', value: found } as const;
  record(lineStart('final-read', route.node, 'sql'), key, found, answer, start, now());
  return found;
}

type Entry = Readonly<Record<string, unknown>>;

function readPage(route: Route, text: string): Entry[] | undefined {
  return queryPatiently(route, text)?.values[0] as Entry[] | undefined;
}
