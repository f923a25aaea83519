import http, { type RefinedParams, type RefinedResponse } from 'k6/http';
import type { Answer, RawAnswer } from '../../core/protocols/outcome.ts';
import type { Endpoint, HttpEndpoint, Method, Request } from '../../core/protocols/request.ts';
import { responseBytes } from '../operations/operation-metrics.ts';
import { requestTags } from '../operations/tags.ts';
import { settings } from '../setup/environment.ts';
import type { Node } from './nodes.ts';
import type { SendNow } from './send.ts';
import type { Session } from './session.ts';

type Params = RefinedParams<'text'>;
type Address = string | ReturnType<typeof http.url>;
type Call = (url: Address, body: string | null, params: Params) => RefinedResponse<'text'>;

/** Counting costs CPU, so only a comparison of protocols does it. */
const counting: (call: Call) => Call =
  settings.protocol === 'all'
    ? (call) => (url, body, params) => {
        const response = call(url, body, params);
        responseBytes.add(response.body?.length ?? 0, params.tags);
        return response;
      }
    : (call) => call;

/** k6's functions by method: to hand a method to `http.request` costs more CPU than to choose a function. */
const CALLS: Readonly<Record<Method, Call>> = {
  GET: counting((url, _body, params) => http.get(url, params)),
  POST: counting(http.post),
  PUT: counting(http.put),
  PATCH: counting(http.patch),
  DELETE: counting(http.del),
};

/**
 * Makes the sender of a session's requests to a node for one operation: address, headers and tags are the same for all of them,
 * so they are worked out once.
 * @param operation becomes a tag, so it is of low cardinality
 */
export function httpSender(session: Session, node: Node, endpoint: HttpEndpoint, operation: string): SendNow {
  const call = CALLS[endpoint.method];
  const address = node.url + endpoint.path;
  // k6 parses an address that is text for each request.
  const parsed = http.url`${address}`;
  const params = paramsOf(session, node, endpoint, operation);
  return (tail, body) => call(tail === '' ? parsed : address + tail, body, params);
}

function paramsOf(session: Session, node: Node, { protocol, contentType }: HttpEndpoint, operation: string): Params {
  const tags = requestTags(node, protocol, operation);
  const params = { headers: session.headers(contentType), timeout: settings.timeout };
  return tags === undefined ? params : { ...params, tags };
}

/** @throws Error for one of another transport, which cannot answer at once */
export function overHttp(endpoint: Endpoint): HttpEndpoint {
  if (endpoint.transport === 'http') return endpoint;
  throw new Error(`${endpoint.method} by ${endpoint.protocol} is not a request over HTTP`);
}

/** Asks several nodes at the same time, and waits for all answers, in the order of what was asked. */
export function askTogether<T>(
  operation: string,
  asked: readonly { readonly session: Session; readonly node: Node; readonly request: Request<T> }[],
  timeout: string,
): Answer<T>[] {
  const requests = asked.map(({ session, node, request: { endpoint: its, tail, body } }) => {
    const endpoint = overHttp(its);
    const params = { ...paramsOf(session, node, endpoint, operation), timeout };
    return { method: endpoint.method, url: node.url + endpoint.path + tail, body, params };
  });
  const responses = http.batch(requests) as RawAnswer[];
  return asked.map(({ request }, index) => request.read(responses[index] as RawAnswer));
}
