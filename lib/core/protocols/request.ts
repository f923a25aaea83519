import { type Answer, classifyGraphql, classifySql, mapAnswer, type RawAnswer } from './outcome.ts';
import type { Protocol } from './protocols.ts';
import { RPC_OK } from './rpc-messages.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Where requests over HTTP go, and how. */
export interface HttpEndpoint {
  readonly transport: 'http';
  readonly protocol: Protocol;
  readonly method: Method;
  /** Begins with a slash: the node's address comes before it. */
  readonly path: string;
  /** Of the body. */
  readonly contentType: 'text/plain' | 'application/json';
}

const RPC_METHODS = ['create', 'select', 'update', 'upsert', 'merge', 'delete', 'relate', 'run'] as const;
type RpcMethod = (typeof RPC_METHODS)[number];

/** A method of the RPC protocol. The body is its parameters, a JSON array; the answer's body is one statement's, as of /sql. */
export interface RpcEndpoint {
  readonly transport: 'rpc';
  readonly protocol: 'rpc';
  readonly method: RpcMethod;
}

/**
 * A transaction that spans several messages: `begin`, a `query` for each statement, `commit`. The body is its statements, a JSON
 * array; the answer's is that of /sql for them.
 */
export interface TransactionEndpoint {
  readonly transport: 'rpc';
  readonly protocol: 'rpc';
  readonly method: 'transaction';
}

/**
 * Where requests go; its transport decides how they are sent (lib/k6/session). There is one object for each, so that what is
 * worked out for it can be kept under it.
 */
export type Endpoint = HttpEndpoint | RpcEndpoint | TransactionEndpoint;

const http = (
  protocol: Protocol,
  method: Method,
  path: string,
  contentType: HttpEndpoint['contentType'] = 'application/json',
): HttpEndpoint => ({ transport: 'http', protocol, method, path, contentType });

const SQL = http('sql', 'POST', '/sql', 'text/plain');
const GRAPHQL = http('graphql', 'POST', '/graphql');
const REST: Readonly<Record<Method, HttpEndpoint>> = {
  GET: http('rest', 'GET', '/key/'),
  POST: http('rest', 'POST', '/key/'),
  PUT: http('rest', 'PUT', '/key/'),
  PATCH: http('rest', 'PATCH', '/key/'),
  DELETE: http('rest', 'DELETE', '/key/'),
};

/** POST to a path of its own, as sign-in and sign-up have. */
export const httpPost = (protocol: Protocol, path: string): HttpEndpoint => http(protocol, 'POST', path);

/**
 * One request as a value: what is sent, and how the answer to it is read. It can be sent again, to any node, and made and tested
 * without any.
 */
export interface Request<T> {
  readonly endpoint: Endpoint;
  /** What follows the endpoint's path. */
  readonly tail: string;
  readonly body: string | null;
  readonly read: (answer: RawAnswer) => Answer<T>;
}

/** The same request, whose answer is understood as something else. */
export function understood<T, U>(
  { endpoint, tail, body, read }: Request<T>,
  as: (answer: Answer<T>) => Answer<U>,
): Request<U> {
  return { endpoint, tail, body, read: (raw) => as(read(raw)) };
}

/** The same request with another value where the answer is `ok`. One of another shape than was asked for is not understood. */
export const mapRequest = <T, U>(request: Request<T>, change: (value: T) => U): Request<U> =>
  understood(request, (answer) => {
    try {
      return mapAnswer(answer, change);
    } catch (error) {
      return { outcome: 'unknown', kind: 'body', message: `not an answer to the request: ${error}` };
    }
  });

/**
 * SurrealQL over POST /sql. Values are those of its statements, in order.
 * @param variables parameters of the statements; each arrives as text
 */
export const query = (text: string, variables?: Readonly<Record<string, string>>): Request<unknown[]> => ({
  endpoint: SQL,
  tail: variables === undefined ? '' : queryString(variables),
  body: text,
  read: classifySql,
});

const queryString = (variables: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(variables).map(([name, text]) => `${name}=${encodeURIComponent(text)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

/** The variables of a query, from the tail of its request. */
export const variablesOf = (tail: string): Record<string, string> =>
  Object.fromEntries(
    tail
      .slice(1)
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))];
      }),
  );

/** Whether an endpoint takes SurrealQL, which a route by RPC sends by its method `query`. */
export const takesQueries = (endpoint: Endpoint): boolean => endpoint === SQL;

const RPC = Object.fromEntries(
  RPC_METHODS.map((method) => [method, { transport: 'rpc', protocol: 'rpc', method }]),
) as Readonly<Record<RpcMethod, RpcEndpoint>>;

/** A call of a method over RPC. The value is what it answers. @param parameters the elements of a JSON array, as text */
export const rpcCall = (method: RpcMethod, parameters: string): Request<unknown> =>
  mapRequest({ endpoint: RPC[method], tail: '', body: `[${parameters}]`, read: classifySql }, ([result]) => result);

const TRANSACTION: TransactionEndpoint = { transport: 'rpc', protocol: 'rpc', method: 'transaction' };

/** Statements as one transaction over RPC, each a message of its own. Values are those of the statements. */
export const rpcTransaction = (statements: readonly string[]): Request<unknown[]> => ({
  endpoint: TRANSACTION,
  tail: '',
  body: JSON.stringify(statements),
  read: classifySql,
});

/** As `rpcCall`, of a method whose answer nobody reads, if it succeeded: to parse the record that it holds costs most of all. */
export const rpcCommand = (method: RpcMethod, parameters: string): Request<unknown> => ({
  endpoint: RPC[method],
  tail: '',
  body: `[${parameters}]`,
  read: commandAnswer,
});

const DONE: Answer<unknown> = { outcome: 'ok', value: undefined };

const commandAnswer = (raw: RawAnswer): Answer<unknown> =>
  raw.status === 200 && raw.body?.startsWith(RPC_OK) ? DONE : classifySql(raw);

/** REST over /key/:table or /key/:table/:id; `tail` is what follows /key/. A body is one value of SurrealQL. */
export const restRequest = (method: Method, tail: string, body: string | null): Request<unknown[]> => ({
  endpoint: REST[method],
  tail,
  body,
  read: classifySql,
});

/** GraphQL over POST /graphql, its variables as an object or as JSON. The value is the answer's `data`. */
export function graphqlQuery(
  text: string,
  variables: Readonly<Record<string, unknown>> | string,
): Request<Record<string, unknown>> {
  const json = typeof variables === 'string' ? variables : JSON.stringify(variables);
  const body = `{"query":${JSON.stringify(text)},"variables":${json}}`;
  return { endpoint: GRAPHQL, tail: '', body, read: classifyGraphql };
}
