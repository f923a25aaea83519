import { type Answer, classifyGraphql, classifySql, type HttpAnswer, mapAnswer } from './outcome.ts';
import type { Protocol } from './protocols.ts';

/**
 * One request as a value: what is sent, and how the answer to it is read. It can be sent again, to any node, and made and tested
 * without any.
 */
export interface Request<T> {
  readonly protocol: Protocol;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with a slash: the node's address comes before it. */
  readonly path: string;
  readonly body: string | null;
  readonly read: (http: HttpAnswer) => Answer<T>;
}

/** The same request, whose answer is understood as something else. */
export function understood<T, U>(
  { protocol, method, path, body, read }: Request<T>,
  as: (answer: Answer<T>) => Answer<U>,
): Request<U> {
  return { protocol, method, path, body, read: (http) => as(read(http)) };
}

/** The same request with another value where the answer is `ok`. */
export const mapRequest = <T, U>(request: Request<T>, change: (value: T) => U): Request<U> =>
  understood(request, (answer) => mapAnswer(answer, change));

/** SurrealQL over POST /sql. Values are those of its statements, in order. */
export const query = (text: string): Request<unknown[]> => ({
  protocol: 'sql',
  method: 'POST',
  path: '/sql',
  body: text,
  read: classifySql,
});

/** REST over /key/:table or /key/:table/:id; `path` is what follows /key/. A body is one value of SurrealQL. */
export const restRequest = (
  method: Request<unknown>['method'],
  path: string,
  body: string | null,
): Request<unknown[]> => ({
  protocol: 'rest',
  method,
  path: `/key/${path}`,
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
  return { protocol: 'graphql', method: 'POST', path: '/graphql', body, read: classifyGraphql };
}
