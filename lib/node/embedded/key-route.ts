import { badRequest, type Reply, text } from './replies.ts';

/** A query for the engine, or the reply to a request that cannot become one. */
export type KeyQuery =
  | { readonly query: string; readonly variables: Record<string, unknown> }
  | { readonly reply: Reply };

export const KEY_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type KeyMethod = (typeof KEY_METHODS)[number];

interface KeyRequest {
  readonly method: KeyMethod;
  readonly table: string;
  /** Undefined for the whole table. */
  readonly id: string | undefined;
  readonly parameters: URLSearchParams;
  readonly body: string;
}

const VERBS = {
  POST: { table: ['CREATE', 'CONTENT'], record: ['CREATE', 'CONTENT'] },
  PUT: { table: ['UPDATE', 'CONTENT'], record: ['UPSERT', 'CONTENT'] },
  PATCH: { table: ['UPDATE', 'MERGE'], record: ['UPSERT', 'MERGE'] },
} as const;

const NOT_A_VALUE = badRequest(
  'Invalid /key request body: expected a single SurrealQL value (literal, object, array, or $param), not a statement or function call',
);

/** The query behind `/key/:table` and `/key/:table/:id`, as in SurrealDB's server. */
export function keyQuery({ method, table, id, parameters, body }: KeyRequest): KeyQuery {
  const target = id === undefined ? 'type::table($table)' : 'type::record($table, $id)';
  const place = { table, ...(id === undefined ? {} : { id: parsed(id) }) };
  if (method === 'GET') return select(target, place, parameters, id === undefined);
  const variables = { ...Object.fromEntries([...parameters].map(([name, value]) => [name, parsed(value)])), ...place };
  if (method === 'DELETE') return { query: `DELETE ${target} RETURN BEFORE`, variables };
  if (!isValue(body)) return { reply: NOT_A_VALUE };
  const [verb, clause] = VERBS[method][id === undefined ? 'table' : 'record'];
  return { query: `${verb} ${target} ${clause} ${body}`, variables };
}

function select(target: string, place: object, parameters: URLSearchParams, paged: boolean): KeyQuery {
  const fields = parameters.getAll('fields');
  const selection = fields.length === 0 ? '*' : 'type::fields($fields)';
  const variables: Record<string, unknown> = { ...place, fields };
  if (!paged) return { query: `SELECT ${selection} FROM ${target}`, variables };
  for (const [name, fallback] of [
    ['limit', '100'],
    ['start', '0'],
  ] as const) {
    const value = parameters.get(name) ?? fallback;
    if (!/^-?\d+$/.test(value))
      return { reply: text(400, `Failed to deserialize query string: ${name}: invalid digit found in string`) };
    variables[name] = Number(value);
  }
  return { query: `SELECT ${selection} FROM ${target} LIMIT $limit START $start`, variables };
}

/** JSON, or an object, array or parameter in SurrealQL. Whoever may send this may send any query, so no more is checked. */
const isValue = (body: string): boolean => isJson(body) || (/^\s*[[{$]/.test(body) && !body.includes(';'));

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

/** A number, a quoted string, an array or an object where the text is one; the text itself otherwise. */
function parsed(value: string): unknown {
  if (/^-?\d{1,18}$/.test(value)) return BigInt(value);
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
