import http, { type RefinedParams, type RefinedResponse } from 'k6/http';
import type { Client } from '../../core/protocols/clients.ts';
import type { Answer, HttpAnswer } from '../../core/protocols/outcome.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import type { Method, Request } from '../../core/protocols/request.ts';
import { responseBytes } from '../operations/operation-metrics.ts';
import { requestTags } from '../operations/tags.ts';
import { settings } from '../setup/environment.ts';
import { type Node, nodes } from './nodes.ts';
import type { Session } from './session.ts';

export type Params = RefinedParams<'text'>;

/** An address that k6 has parsed. */
export type Address = ReturnType<typeof http.url>;

export type Send = (url: string | Address, body: string | null, params: Params) => RefinedResponse<'text'>;

/** Counting costs CPU, so only a comparison of protocols does it. */
const counting: (send: Send) => Send =
  settings.protocol === 'all'
    ? (send) => (url, body, params) => {
        const response = send(url, body, params);
        responseBytes.add(response.body?.length ?? 0, params.tags);
        return response;
      }
    : (send) => send;

/** k6's functions by method: to hand a method to `http.request` costs more CPU than to choose a function. */
export const SENDERS: Readonly<Record<Method, Send>> = {
  GET: counting((url, _body, params) => http.get(url, params)),
  POST: counting(http.post),
  PUT: counting(http.put),
  PATCH: counting(http.patch),
  DELETE: counting(http.del),
};

let made = 0;

/** A user's way to a node: what it asks there, it asks as its session. */
export class Route {
  /** Of all routes of this virtual user, from 0: what belongs to a route stands in arrays under it. */
  readonly number = made++;
  readonly session: Session;
  readonly node: Node;
  /** Makes requests by the protocol whose turn it is. */
  readonly client: Client;
  readonly #params: Partial<Record<Protocol, Record<string, Params>>> = {};

  constructor(session: Session, node: Node, client: Client) {
    this.session = session;
    this.node = node;
    this.client = client;
  }

  /** The same user's way to another node. */
  to(node: Node): Route {
    return this.session.route(node, this.client);
  }

  /** The same user's way to the next node: where to read what was written on this one. */
  next(): Route {
    return this.to(nodes[(nodes.indexOf(this.node) + 1) % nodes.length] ?? this.node);
  }

  /** Sends one request that is no operation of the load, and classifies its answer. */
  ask<T>(operation: string, { endpoint, tail, body, read }: Request<T>): Answer<T> {
    const { protocol, method, path } = endpoint;
    const response = SENDERS[method](this.node.url + path + tail, body, this.params(protocol, operation));
    if (response.status === 401) this.session.wasRefused();
    return read(response);
  }

  /** What all requests for an operation have in common. Operation is a tag, so it is of low cardinality. */
  params(protocol: Protocol, operation: string): Params {
    this.#params[protocol] ??= {};
    const known = this.#params[protocol];
    known[operation] ??= this.#makeParams(protocol, operation);
    return known[operation];
  }

  #makeParams(protocol: Protocol, operation: string): Params {
    const tags = requestTags(this.node, protocol, operation);
    const params = { headers: this.session.headers(protocol), timeout: settings.timeout };
    return tags === undefined ? params : { ...params, tags };
  }
}

/** Makes something once for each route of this virtual user. */
export function perRoute<T extends object>(make: (route: Route) => T): (route: Route) => T {
  const known: T[] = [];
  return (route) => {
    const its = known[route.number] ?? make(route);
    known[route.number] = its;
    return its;
  };
}

/** Asks several nodes at the same time, and waits for all answers, in the order of what was asked. */
export function askTogether<T>(
  operation: string,
  asked: readonly { readonly route: Route; readonly request: Request<T> }[],
  timeout: string,
): Answer<T>[] {
  const requests = asked.map(({ route, request: { endpoint, tail, body } }) => {
    const { protocol, method, path } = endpoint;
    const params = { ...route.params(protocol, operation), timeout };
    return { method, url: route.node.url + path + tail, body, params };
  });
  const responses = http.batch(requests) as HttpAnswer[];
  return asked.map(({ request }, index) => request.read(responses[index] as HttpAnswer));
}
