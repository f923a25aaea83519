import { type Answer, classifyGraphql, classifySql } from '../core/outcome.ts';
import type { Protocol } from '../core/protocols.ts';
import type { Node } from './nodes.ts';
import type { Session } from './session.ts';

export type Content = Readonly<Record<string, string | number | boolean>>;

/** What a scenario can ask of a node, whatever the protocol. Table and id are identifiers: letters, digits and `_`. */
export interface Client {
  readonly protocol: Protocol;
  create(session: Session, node: Node, table: string, id: string, content: Content): Answer<unknown>;
}

/** Sends SurrealQL over POST /sql. Values are those of its statements, in order. */
export const query = (session: Session, node: Node, operation: string, text: string): Answer<unknown[]> =>
  classifySql(session.request(node, 'sql', operation, 'POST', '/sql', text));

const sql: Client = {
  protocol: 'sql',
  create: (session, node, table, id, content) =>
    query(session, node, 'create', `CREATE ${table}:${id} CONTENT ${JSON.stringify(content)} RETURN NONE`),
};

/** REST over /key/:table/:id. */
const rest: Client = {
  protocol: 'rest',
  create: (session, node, table, id, content) =>
    classifySql(session.request(node, 'rest', 'create', 'POST', `/key/${table}/${id}`, JSON.stringify(content))),
};

/** GraphQL over POST /graphql. */
const graphql: Client = {
  protocol: 'graphql',
  create(session, node, table, id, content) {
    const type = capitalised(table);
    const query = `mutation($data: Create${type}Input!) { create${type}(data: $data) { id } }`;
    const body = JSON.stringify({ query, variables: { data: { id, ...content } } });
    return classifyGraphql(session.request(node, 'graphql', 'create', 'POST', '/graphql', body));
  },
};

export const CLIENTS: Readonly<Record<Protocol, Client>> = { sql, rest, graphql };

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
