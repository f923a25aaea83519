import { now } from './execution.ts';
import { queryPatiently } from './final-read.ts';
import { record } from './history.ts';
import type { Node } from './nodes.ts';
import type { Session } from './session.ts';

const PAGE = 1000;

/**
 * Reads id and one field of all records of a table with ids in [from, to), page by page; an empty bound is open.
 * Recorded in the history as one `final-read`.
 *
 * @returns pairs of id and value, or undefined where the node did not answer to the end
 */
export function readRange(
  session: Session,
  node: Node,
  table: string,
  field: string,
  from: string,
  to: string,
): [string, unknown][] | undefined {
  const start = now();
  const found: [string, unknown][] = [];
  let lower = from;
  for (;;) {
    const page = readPage(
      session,
      node,
      `SELECT record::id(id) AS id, ${field} FROM ${table}:${lower}..${to} LIMIT ${PAGE}`,
    );
    if (page === undefined) return undefined;
    for (const entry of page) found.push([String(entry.id), entry[field]]);
    const last = page.at(-1)?.id;
    if (page.length < PAGE) break;
    lower = `${String(last)}>`;
  }
  const answer = { outcome: 'ok', value: found } as const;
  record({ f: 'final-read', key: `${from}..${to}`, value: found }, node, 'sql', answer, start, now());
  return found;
}

type Entry = Readonly<Record<string, unknown>>;

function readPage(session: Session, node: Node, text: string): Entry[] | undefined {
  return queryPatiently(session, node, text)?.values[0] as Entry[] | undefined;
}
