import type { Client } from '../../core/protocols/clients.ts';
import type { Answer } from '../../core/protocols/outcome.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import { type Endpoint, type Request, takesQueries } from '../../core/protocols/request.ts';
import { AWAITS } from '../test/awaits.ts';
import { httpSender, overHttp } from './http-transport.ts';
import { type Node, nodes } from './nodes.ts';
import { connectionTo, rpcSender } from './rpc-transport.ts';
import type { Sender, SendNow } from './send.ts';
import type { Session } from './session.ts';

let made = 0;

/** A virtual user's way to a node: what it asks there, it asks as its session. */
export class Route {
  /** Of all routes of this virtual user, from 0: what belongs to a route stands in arrays under it. */
  readonly number = made++;
  readonly session: Session;
  readonly node: Node;
  /** Makes requests by the route's protocol. */
  readonly client: Client;
  readonly #senders = new Map<Endpoint, Record<string, SendNow>>();

  constructor(session: Session, node: Node, client: Client) {
    this.session = session;
    this.node = node;
    this.client = client;
  }

  /** The same user's way to another node. */
  to(node: Node): Route {
    return routeOf(this.session, node, this.client);
  }

  /** The same user's way to the next node: where to read what was written on this one. */
  next(): Route {
    return this.to(nodes[(nodes.indexOf(this.node) + 1) % nodes.length] ?? this.node);
  }

  /** Sends one request over HTTP that is not an operation of the load, and classifies its answer. */
  ask<T>(operation: string, { endpoint, tail, body, read }: Request<T>): Answer<T> {
    const answer = this.#overHttp(endpoint, operation)(tail, body);
    if (answer.status === 401) this.session.markRejected();
    return read(answer);
  }

  /** The protocol by which requests to an endpoint go: SurrealQL goes by that of the route. */
  protocolOf(endpoint: Endpoint): Protocol {
    return this.client.protocol === 'rpc' && takesQueries(endpoint) ? 'rpc' : endpoint.protocol;
  }

  /** Sends an operation's requests to an endpoint. */
  sender(endpoint: Endpoint, operation: string): Sender {
    return AWAITS && this.protocolOf(endpoint) === 'rpc'
      ? { later: rpcSender(this.session, this.node, endpoint, operation) }
      : { now: this.#overHttp(endpoint, operation) };
  }

  #overHttp(endpoint: Endpoint, operation: string): SendNow {
    const known = this.#senders.get(endpoint) ?? {};
    this.#senders.set(endpoint, known);
    known[operation] ??= httpSender(this.session, this.node, overHttp(endpoint), operation);
    return known[operation];
  }

  /** Opens what the route needs to be open, so that its first request does not wait for it. */
  async open(): Promise<void> {
    if (AWAITS && this.client.protocol === 'rpc') await connectionTo(this.session, this.node).open();
  }
}

const routes = new WeakMap<Session, Route[]>();

/** The way of a session to a node, by a client. There is one object for each. */
export function routeOf(session: Session, node: Node, client: Client): Route {
  const known = routes.get(session) ?? [];
  routes.set(session, known);
  const found = known.find((route) => route.node === node && route.client === client);
  if (found !== undefined) return found;
  const route = new Route(session, node, client);
  known.push(route);
  return route;
}

/** Makes something once for each route of this virtual user. */
export function perRoute<T extends object>(make: (route: Route) => T): (route: Route) => T {
  const known: T[] = [];
  return (route) => {
    const made = known[route.number] ?? make(route);
    known[route.number] = made;
    return made;
  };
}
