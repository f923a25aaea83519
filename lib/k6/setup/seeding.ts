import { sleep } from 'k6';
import { query } from '../../core/protocols/request.ts';
import { type Content, surrealObject, type TableShape } from '../../core/verdict/table-shape.ts';
import { askTogether } from '../session/http-transport.ts';
import { type Node, nodes } from '../session/nodes.ts';
import type { Route } from '../session/route.ts';
import { stop } from './abort.ts';

/** Characters of one request: SurrealDB takes a megabyte. */
const CHUNK = 500_000;
const MOST_RECORDS = 1000;
/** Requests under way at a time. */
const CONCURRENT = 4;
const TRIES = 10;
/** A bulk insert may take longer than any request of the load. */
const TIMEOUT = '60s';

/**
 * Inserts records in bulk, over all nodes. Ends the test where a node refuses. Progress is a line `seeded N of M`.
 * @param recordOf the record with a number from 0 to below `count`
 */
export function seedRecords(
  route: Route,
  table: TableShape,
  count: number,
  recordOf: (number: number) => { id: string; content: Content },
  statement: 'INSERT INTO' | 'INSERT RELATION INTO' = 'INSERT INTO',
): void {
  let next = 0;
  while (next < count) {
    const texts: string[] = [];
    while (texts.length < CONCURRENT && next < count) {
      const records: string[] = [];
      let length = 0;
      while (next < count && length < CHUNK && records.length < MOST_RECORDS) {
        const { id, content } = recordOf(next++);
        const record = `{"id":"${id}",${surrealObject(table, content).slice(1)}`;
        length += record.length;
        records.push(record);
      }
      texts.push(`${statement} ${table.name} [${records.join(',')}] RETURN NONE`);
    }
    insert(route, table, texts);
    console.info(`seeded ${next} of ${count} ${table.name}`);
  }
}

/** Sends each text once, and those that met a conflict again: they were not applied. */
function insert(route: Route, { name }: TableShape, texts: readonly string[]): void {
  let left = texts;
  for (let attempt = 1; left.length > 0; attempt++) {
    const { session } = route;
    const asked = left.map((text, at) => ({ session, node: nodes[at % nodes.length] as Node, request: query(text) }));
    const answers = askTogether('seed', asked, TIMEOUT);
    left = left.filter((_, at) => answers[at]?.outcome === 'conflict');
    for (const answer of answers)
      if (answer.outcome !== 'ok' && (answer.outcome !== 'conflict' || attempt === TRIES))
        stop(`Seeding ${name} failed: ${answer.message}. Give fewer --records, or look at the node's log.`);
    if (left.length > 0) sleep(0.05 * attempt);
  }
}
