import { type Content, type Row, rowOf, surrealObject, type TableShape } from '../verdict/table-shape.ts';
import type { Protocol } from './protocols.ts';
import { graphqlQuery, mapRequest, query, type Request, restRequest, rpcCall, rpcCommand } from './request.ts';

/** Part of a table in the order of its ids. */
export interface Page {
  readonly start: number;
  readonly limit: number;
  /** Fields that must have these values. */
  readonly where?: Content;
}

/** What can be asked of a node, whatever the protocol. Table and id are identifiers: letters, digits and `_`. */
export interface Client {
  readonly protocol: Protocol;
  /** Whether `list` takes a `where`: REST cannot filter. */
  readonly filters: boolean;
  create(table: TableShape, id: string, content: Content): Request<unknown>;
  /** As `create`, of a record that has no links and whose content is JSON already: a fifth of the cost. */
  insert(table: string, id: string, json: string): Request<unknown>;
  read(table: TableShape, id: string): Request<Row | undefined>;
  /** Replaces the whole content of a record. Answers with the record as it is then, or nothing where it may not. */
  replace(table: TableShape, id: string, content: Content): Request<Row | undefined>;
  /** Changes some fields of a record, and keeps the others. Answers as `replace` does. */
  merge(table: TableShape, id: string, content: Content): Request<Row | undefined>;
  remove(table: TableShape, id: string): Request<unknown>;
  list(table: TableShape, page: Page): Request<Row[]>;
}

const sql: Client = {
  protocol: 'sql',
  filters: true,
  create: (table, id, content) => sql.insert(table.name, id, surrealObject(table, content)),
  insert: (table, id, json) => query(`CREATE ${table}:${id} CONTENT ${json} RETURN NONE`),
  read: (table, id) => firstRow(table, query(`SELECT * FROM ${table.name}:${id}`)),
  replace: (table, id, content) =>
    firstRow(table, query(`UPDATE ${table.name}:${id} CONTENT ${surrealObject(table, content)}`)),
  merge: (table, id, content) =>
    firstRow(table, query(`UPDATE ${table.name}:${id} MERGE ${surrealObject(table, content)}`)),
  remove: (table, id) => query(`DELETE ${table.name}:${id}`),
  list(table, { start, limit, where = {} }) {
    const conditions = Object.entries(where).map(([field, value]) => `${field} = ${JSON.stringify(value)}`);
    const filter = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
    return allRows(table, query(`SELECT * FROM ${table.name}${filter} ORDER BY id LIMIT ${limit} START ${start}`));
  },
};

/** Methods, but for content with links to records, which JSON cannot say: that goes by `query`, as `sql` sends it. */
const rpc: Client = {
  ...sql,
  protocol: 'rpc',
  create: (table, id, content) =>
    hasLinks(table, content) ? sql.create(table, id, content) : rpc.insert(table.name, id, JSON.stringify(content)),
  insert: (table, id, json) => rpcCommand('create', `"${table}:${id}",${json}`),
  read: (table, id) => rpcRow(table, rpcCall('select', `"${table.name}:${id}"`)),
  replace: (table, id, content) =>
    hasLinks(table, content)
      ? sql.replace(table, id, content)
      : rpcRow(table, rpcCall('update', `"${table.name}:${id}",${JSON.stringify(content)}`)),
  merge: (table, id, content) =>
    hasLinks(table, content)
      ? sql.merge(table, id, content)
      : rpcRow(table, rpcCall('merge', `"${table.name}:${id}",${JSON.stringify(content)}`)),
  remove: (table, id) => rpcCommand('delete', `"${table.name}:${id}"`),
};

const hasLinks = ({ links }: TableShape, content: Content): boolean => links.some((field) => field in content);

/** Bodies are SurrealQL values, so links are links. */
const rest: Client = {
  protocol: 'rest',
  filters: false,
  create: (table, id, content) => rest.insert(table.name, id, surrealObject(table, content)),
  insert: (table, id, json) => restRequest('POST', `${table}/${id}`, json),
  read: (table, id) => firstRow(table, restRequest('GET', `${table.name}/${id}`, null)),
  replace: (table, id, content) =>
    firstRow(table, restRequest('PUT', `${table.name}/${id}`, surrealObject(table, content))),
  merge: (table, id, content) =>
    firstRow(table, restRequest('PATCH', `${table.name}/${id}`, surrealObject(table, content))),
  remove: (table, id) => restRequest('DELETE', `${table.name}/${id}`, null),
  list: (table, { start, limit }) =>
    allRows(table, restRequest('GET', `${table.name}?limit=${limit}&start=${start}`, null)),
};

/** Records are created by GraphQL's `create`, replaced by `upsert`, changed by `update`. */
const graphql: Client = {
  protocol: 'graphql',
  filters: true,
  create: (table, id, content) => graphql.insert(table.name, id, JSON.stringify(content)),
  insert(table, id, json) {
    const type = capitalised(table);
    const text = `mutation($data: Create${type}Input!) { create${type}(data: $data) { id } }`;
    return graphqlQuery(text, `{"data":{"id":"${id}",${json.slice(1)}}`);
  },
  read(table, id) {
    const text = `query($id: ID!) { row: ${table.name}(id: $id) { ${selection(table)} } }`;
    return graphqlRow(table, graphqlQuery(text, { id }));
  },
  replace(table, id, content) {
    const type = capitalised(table.name);
    const text = `mutation($id: ID!, $data: Upsert${type}Input!) { row: upsert${type}(id: $id, data: $data) { ${selection(table)} } }`;
    return graphqlRow(table, graphqlQuery(text, { id, data: content }));
  },
  merge(table, id, content) {
    const type = capitalised(table.name);
    const text = `mutation($id: ID!, $data: Update${type}Input!) { row: update${type}(id: $id, data: $data) { ${selection(table)} } }`;
    return graphqlRow(table, graphqlQuery(text, { id, data: content }));
  },
  remove: (table, id) => graphqlQuery(`mutation($id: ID!) { delete${capitalised(table.name)}(id: $id) }`, { id }),
  list(table, { start, limit, where }) {
    const rows = `rows: ${table.name}s(limit: $limit, start: $start`;
    // An empty filter is refused, so there is a query without one.
    const text =
      where === undefined
        ? `query($limit: Int, $start: Int) { ${rows}) { ${selection(table)} } }`
        : `query($limit: Int, $start: Int, $filter: _filter_${table.name}) { ${rows}, filter: $filter) { ${selection(table)} } }`;
    const filter = where && Object.fromEntries(Object.entries(where).map(([field, value]) => [field, { eq: value }]));
    return mapRequest(graphqlQuery(text, { limit, start, filter }), (data) =>
      (data.rows as Entry[]).map((entry) => rowOf(table, entry)),
    );
  },
};

/** Records from an id on, in the order of ids: SurrealQL alone can ask for a range of ids. */
export const scanFrom = (table: TableShape, id: string, limit: number): Request<Row[]> =>
  allRows(table, query(`SELECT * FROM ${table.name}:${id}.. LIMIT ${limit}`));

/** SurrealQL; by RPC the method that does the same. @param parameters the elements of a JSON array, as text */
export const queryOrCall = (
  { protocol }: Client,
  text: string,
  ...[method, parameters]: Parameters<typeof rpcCommand>
): Request<unknown> => (protocol === 'rpc' ? rpcCommand(method, parameters) : query(text));

export const CLIENTS: Readonly<Record<Protocol, Client>> = { sql, rest, graphql, rpc };

type Entry = Readonly<Record<string, unknown>>;

/** The rows of the first statement. */
const allRows = (table: TableShape, request: Request<unknown[]>): Request<Row[]> =>
  mapRequest(request, ([entries]) => (entries as Entry[]).map((entry) => rowOf(table, entry)));

const firstRow = (table: TableShape, request: Request<unknown[]>): Request<Row | undefined> =>
  mapRequest(request, ([entries]) => {
    const [entry] = entries as Entry[];
    return entry && rowOf(table, entry);
  });

const rpcRow = (table: TableShape, request: Request<unknown>): Request<Row | undefined> =>
  mapRequest(request, (entry) => (entry === null || entry === undefined ? undefined : rowOf(table, entry as Entry)));

const graphqlRow = (table: TableShape, request: Request<Record<string, unknown>>): Request<Row | undefined> =>
  mapRequest(request, ({ row }) => (row === null ? undefined : rowOf(table, row as Entry)));

const selection = ({ fields, links }: TableShape): string =>
  ['id', ...fields.map((field) => (links.includes(field) ? `${field} { id }` : field))].join(' ');

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
