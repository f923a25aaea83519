import { type Answer, classifyGraphql, classifySql, mapAnswer } from '../core/outcome.ts';
import type { Protocol } from '../core/protocols.ts';
import { type Content, type Row, rowOf, surrealObject, type TableShape } from '../core/table-shape.ts';
import type { Node } from './nodes.ts';
import type { Session } from './session.ts';

export type { Content } from '../core/table-shape.ts';

/** Part of a table in the order of its ids. */
export interface Page {
  readonly start: number;
  readonly limit: number;
  /** Fields that must have these values. */
  readonly where?: Content;
  /** What the request counts as. */
  readonly operation: string;
}

/** What a scenario can ask of a node, whatever the protocol. Table and id are identifiers: letters, digits and `_`. */
export interface Client {
  readonly protocol: Protocol;
  /** Whether `list` takes a `where`: REST cannot filter. */
  readonly filters: boolean;
  create(session: Session, node: Node, table: TableShape, id: string, content: Content): Answer<unknown>;
  /** As `create`, of a record that has no links and whose content is JSON already: a fifth of the cost. */
  insert(session: Session, node: Node, table: string, id: string, json: string): Answer<unknown>;
  read(session: Session, node: Node, table: TableShape, id: string): Answer<Row | undefined>;
  /** Replaces the whole content of a record. Answers with the record as it is then, or nothing where it may not. */
  replace(session: Session, node: Node, table: TableShape, id: string, content: Content): Answer<Row | undefined>;
  /** Changes some fields of a record, and keeps the others. Answers as `replace` does. */
  merge(session: Session, node: Node, table: TableShape, id: string, content: Content): Answer<Row | undefined>;
  remove(session: Session, node: Node, table: TableShape, id: string): Answer<unknown>;
  list(session: Session, node: Node, table: TableShape, page: Page): Answer<Row[]>;
}

/** Whom a user asks, and how. */
export interface Route {
  readonly session: Session;
  readonly node: Node;
  readonly client: Client;
}

/** Sends SurrealQL over POST /sql. Values are those of its statements, in order. */
export const query = (session: Session, node: Node, operation: string, text: string): Answer<unknown[]> =>
  session.ask(node, 'sql', operation, 'POST', '/sql', text, classifySql);

const sql: Client = {
  protocol: 'sql',
  filters: true,
  create: (session, node, table, id, content) =>
    sql.insert(session, node, table.name, id, surrealObject(table, content)),
  insert: (session, node, table, id, json) =>
    query(session, node, 'create', `CREATE ${table}:${id} CONTENT ${json} RETURN NONE`),
  read: (session, node, table, id) =>
    firstRow(table, query(session, node, 'read', `SELECT * FROM ${table.name}:${id}`)),
  replace: (session, node, table, id, content) =>
    firstRow(
      table,
      query(session, node, 'replace', `UPDATE ${table.name}:${id} CONTENT ${surrealObject(table, content)}`),
    ),
  merge: (session, node, table, id, content) =>
    firstRow(table, query(session, node, 'merge', `UPDATE ${table.name}:${id} MERGE ${surrealObject(table, content)}`)),
  remove: (session, node, table, id) => query(session, node, 'delete', `DELETE ${table.name}:${id}`),
  list(session, node, table, { start, limit, where = {}, operation }) {
    const conditions = Object.entries(where).map(([field, value]) => `${field} = ${JSON.stringify(value)}`);
    const filter = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
    const text = `SELECT * FROM ${table.name}${filter} ORDER BY id LIMIT ${limit} START ${start}`;
    return allRows(table, query(session, node, operation, text));
  },
};

/** REST over /key/:table/:id. Bodies are SurrealQL values, so links are links. */
const rest: Client = {
  protocol: 'rest',
  filters: false,
  create: (session, node, table, id, content) =>
    rest.insert(session, node, table.name, id, surrealObject(table, content)),
  insert: (session, node, table, id, json) => key(session, node, 'create', 'POST', `${table}/${id}`, json),
  read: (session, node, table, id) => firstRow(table, key(session, node, 'read', 'GET', `${table.name}/${id}`, null)),
  replace: (session, node, table, id, content) =>
    firstRow(table, key(session, node, 'replace', 'PUT', `${table.name}/${id}`, surrealObject(table, content))),
  merge: (session, node, table, id, content) =>
    firstRow(table, key(session, node, 'merge', 'PATCH', `${table.name}/${id}`, surrealObject(table, content))),
  remove: (session, node, table, id) => key(session, node, 'delete', 'DELETE', `${table.name}/${id}`, null),
  list: (session, node, table, { start, limit, operation }) =>
    allRows(table, key(session, node, operation, 'GET', `${table.name}?limit=${limit}&start=${start}`, null)),
};

function key(
  session: Session,
  node: Node,
  operation: string,
  method: string,
  path: string,
  body: string | null,
): Answer<unknown[]> {
  return session.ask(node, 'rest', operation, method, `/key/${path}`, body, classifySql);
}

/** GraphQL over POST /graphql. Records are created by GraphQL's `create`, replaced by `upsert`, changed by `update`. */
const graphql: Client = {
  protocol: 'graphql',
  filters: true,
  create: (session, node, table, id, content) => graphql.insert(session, node, table.name, id, JSON.stringify(content)),
  insert(session, node, table, id, json) {
    const type = capitalised(table);
    const text = `mutation($data: Create${type}Input!) { create${type}(data: $data) { id } }`;
    return graphqlQuery(session, node, 'create', text, `{"data":{"id":"${id}",${json.slice(1)}}`);
  },
  read(session, node, table, id) {
    const text = `query($id: ID!) { row: ${table.name}(id: $id) { ${selection(table)} } }`;
    return graphqlRow(table, graphqlQuery(session, node, 'read', text, { id }));
  },
  replace(session, node, table, id, content) {
    const type = capitalised(table.name);
    const text = `mutation($id: ID!, $data: Upsert${type}Input!) { row: upsert${type}(id: $id, data: $data) { ${selection(table)} } }`;
    return graphqlRow(table, graphqlQuery(session, node, 'replace', text, { id, data: content }));
  },
  merge(session, node, table, id, content) {
    const type = capitalised(table.name);
    const text = `mutation($id: ID!, $data: Update${type}Input!) { row: update${type}(id: $id, data: $data) { ${selection(table)} } }`;
    return graphqlRow(table, graphqlQuery(session, node, 'merge', text, { id, data: content }));
  },
  remove(session, node, table, id) {
    const text = `mutation($id: ID!) { delete${capitalised(table.name)}(id: $id) }`;
    return graphqlQuery(session, node, 'delete', text, { id });
  },
  list(session, node, table, { start, limit, where, operation }) {
    const rows = `rows: ${table.name}s(limit: $limit, start: $start`;
    // An empty filter is refused, so there is a query without one.
    const text =
      where === undefined
        ? `query($limit: Int, $start: Int) { ${rows}) { ${selection(table)} } }`
        : `query($limit: Int, $start: Int, $filter: _filter_${table.name}) { ${rows}, filter: $filter) { ${selection(table)} } }`;
    const filter = where && Object.fromEntries(Object.entries(where).map(([field, value]) => [field, { eq: value }]));
    const answer = graphqlQuery(session, node, operation, text, { limit, start, filter });
    return mapAnswer(answer, (data) => (data.rows as Entry[]).map((entry) => rowOf(table, entry)));
  },
};

/** Records from an id on, in the order of ids: SurrealQL alone can ask for a range of ids. */
export const scanFrom = (session: Session, node: Node, table: TableShape, id: string, limit: number): Answer<Row[]> =>
  allRows(table, query(session, node, 'scan', `SELECT * FROM ${table.name}:${id}.. LIMIT ${limit}`));

/** Sends GraphQL over POST /graphql, its variables as an object or as JSON. The value is the answer's `data`. */
export function graphqlQuery(
  session: Session,
  node: Node,
  operation: string,
  text: string,
  variables: Readonly<Record<string, unknown>> | string,
): Answer<Record<string, unknown>> {
  const json = typeof variables === 'string' ? variables : JSON.stringify(variables);
  const body = `{"query":${JSON.stringify(text)},"variables":${json}}`;
  return session.ask(node, 'graphql', operation, 'POST', '/graphql', body, classifyGraphql);
}

export const CLIENTS: Readonly<Record<Protocol, Client>> = { sql, rest, graphql };

type Entry = Readonly<Record<string, unknown>>;

/** The rows of the first statement. */
const allRows = (table: TableShape, answer: Answer<unknown[]>): Answer<Row[]> =>
  mapAnswer(answer, ([entries]) => (entries as Entry[]).map((entry) => rowOf(table, entry)));

const firstRow = (table: TableShape, answer: Answer<unknown[]>): Answer<Row | undefined> =>
  mapAnswer(answer, ([entries]) => {
    const [entry] = entries as Entry[];
    return entry && rowOf(table, entry);
  });

const graphqlRow = (table: TableShape, answer: Answer<Record<string, unknown>>): Answer<Row | undefined> =>
  mapAnswer(answer, ({ row }) => (row === null ? undefined : rowOf(table, row as Entry)));

const selection = ({ fields, links }: TableShape): string =>
  ['id', ...fields.map((field) => (links.includes(field) ? `${field} { id }` : field))].join(' ');

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
