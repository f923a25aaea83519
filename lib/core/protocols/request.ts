import { type Answer, classifyGraphql, classifySql, mapAnswer, type RawAnswer } from './outcome.ts';
import type { Protocol } from './protocols.ts';

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

/**
 * Where requests go; its transport decides how they are sent (lib/k6/session/http-transport.ts). There is one object for each, so
 * that what is worked out for it can be kept under it.
 */
export type Endpoint = HttpEndpoint;

const http = (
  protocol: Protocol,
  method: Method,
  path: string,
  contentType: HttpEndpoint['contentType'] = 'application/json',
): HttpEndpoint => ({ transport: 'http', protocol, method, path, contentType });

const SQL = http('sql', 'POST', '/sql', 'text/plain');
const GRAPHQL = http('graphql', 'POST', '/graphql');
const REST: Readonly<Record<Method, Endpoint>> = {
  GET: http('rest', 'GET', '/key/'),
  POST: http('rest', 'POST', '/key/'),
  PUT: http('rest', 'PUT', '/key/'),
  PATCH: http('rest', 'PATCH', '/key/'),
  DELETE: http('rest', 'DELETE', '/key/'),
};

/** POST to a path of its own, as sign-in and sign-up have. */
export const httpPost = (protocol: Protocol, path: string): Endpoint => http(protocol, 'POST', path);

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

/** The same request with another value where the answer is `ok`. */
export const mapRequest = <T, U>(request: Request<T>, change: (value: T) => U): Request<U> =>
  understood(request, (answer) => mapAnswer(answer, change));

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
