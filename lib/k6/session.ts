import encoding from 'k6/encoding';
import http, { type RefinedParams } from 'k6/http';
import type { Answer, HttpAnswer } from '../core/outcome.ts';
import type { Protocol } from '../core/protocols.ts';
import { settings } from './environment.ts';
import { responseBytes } from './metrics.ts';
import type { Node } from './nodes.ts';
import { requestTags } from './tags.ts';

/** A root user's Bearer token. It is valid on every node of a cluster. */
export interface Token {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly issued: number;
}

/** What somebody has who never signed in. */
const NOBODY: Token = { text: '', issued: 0, expires: Number.POSITIVE_INFINITY };

/** Where a run's records live; made by its set-up. */
export interface Place {
  readonly namespace: string;
  readonly database: string;
}

/** An import from a module of k6 is looked up at each use: a constant is not. */
const { request: send, batch: sendTogether } = http;

/** Counting costs CPU, so only a comparison of protocols does it. */
const COUNTS_BYTES = settings.protocol === 'all';

/** A bulk insert may take longer than any request of the load. */
const SEED_TIMEOUT = '60s';

export class SignInError extends Error {}

/**
 * Signs in as root. With a token the server verifies a signature; with Basic authentication it would hash the password
 * on every request (measured: 70 instead of 7,000 requests a second).
 * @throws SignInError naming node and cause
 */
export function signIn(node: Node): Token {
  const response = http.post(`${node.url}/signin`, JSON.stringify({ user: settings.user, pass: settings.pass }), {
    headers: { Accept: 'application/json' },
    timeout: settings.timeout,
    responseType: 'text',
    tags: { node: node.name, operation: 'signin', name: 'POST /signin' },
  });
  const token = response.status === 200 ? response.json('token') : undefined;
  if (typeof token !== 'string')
    throw new SignInError(
      response.status === 401
        ? `${node.name} (${node.url}) refused the user "${settings.user}": set SURREAL_USER and SURREAL_PASS to a root user's.`
        : `${node.name} (${node.url}) gave no token: ${response.status === 0 ? response.error : `HTTP ${response.status}`}.`,
    );
  return tokenOf(token);
}

export const tokenOf = (text: string): Token => ({ text, issued: Date.now(), expires: expiryOf(text) });

/** `exp` of a JSON Web Token in milliseconds; an hour from now, the server's own default, where it has none. */
function expiryOf(token: string): number {
  const claims = JSON.parse(encoding.b64decode(token.split('.')[1] ?? '', 'rawurl', 's')) as { exp?: number };
  return claims.exp === undefined ? Date.now() + 3_600_000 : claims.exp * 1000;
}

/** Least time between two sign-ins of one user that is being refused. */
const SIGN_IN_PAUSE = 1000;

type Params = RefinedParams<'text'>;
/** Of requests to a node, by a protocol, for an operation. */
type ParamsByNode = Record<string, Partial<Record<Protocol, Readonly<Record<string, Params>>>>>;

/** One virtual user's way to the nodes: its token, and requests that carry it. */
export class Session {
  readonly #place: Place;
  #token: Token;
  /** When the token expires soon, or was refused: milliseconds since the epoch. */
  renewAt: number;
  #params: ParamsByNode = {};

  readonly #signIn: (node: Node) => Token;

  /** @param signInAgain as whoever the token belongs to; throws SignInError where it is refused */
  constructor(place: Place, token: Token, signInAgain = signIn) {
    this.#signIn = signInAgain;
    this.#place = place;
    this.#token = token;
    this.renewAt = renewalTime(token);
  }

  /**
   * Signs in again where it is time to. Between operations, so that the time of a sign-in is not the next operation's latency.
   */
  renewWhenDue(node: Node): void {
    if (Date.now() < this.renewAt) return;
    try {
      this.#token = this.#signIn(node);
      this.renewAt = renewalTime(this.#token);
      this.#params = {};
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      this.renewAt = Date.now() + SIGN_IN_PAUSE;
    }
  }

  /** Sends one request and classifies its answer; `operation` becomes a tag, so it is of low cardinality. */
  ask<T>(
    node: Node,
    protocol: Protocol,
    operation: string,
    method: string,
    path: string,
    body: string | null,
    classify: (http: HttpAnswer) => Answer<T>,
  ): Answer<T> {
    const params = this.#params[node.name]?.[protocol]?.[operation] ?? this.#addParams(node, protocol, operation);
    const response = send(method, node.url + path, body, params);
    if (COUNTS_BYTES) responseBytes.add(response.body?.length ?? 0, params.tags);
    const answer = classify(response);
    if (answer.outcome !== 'ok' && response.status === 401)
      this.renewAt = Math.min(this.renewAt, Date.now() + SIGN_IN_PAUSE);
    return answer;
  }

  /** Sends SurrealQL texts at the same time, and waits for all answers. */
  batch(operation: string, texts: readonly { node: Node; text: string }[]): HttpAnswer[] {
    const requests = texts.map(({ node, text }) => {
      const params = { ...this.#paramsOf(node, 'sql', operation), timeout: SEED_TIMEOUT };
      return { method: 'POST', url: `${node.url}/sql`, body: text, params };
    });
    return sendTogether(requests) as HttpAnswer[];
  }

  /** A record user has no other proof than its token. */
  #authorization(): { Authorization?: string } {
    if (this.#token === NOBODY) return {};
    if (settings.auth === 'bearer' || this.#signIn !== signIn) return { Authorization: `Bearer ${this.#token.text}` };
    return { Authorization: `Basic ${encoding.b64encode(`${settings.user}:${settings.pass}`)}` };
  }

  #addParams(node: Node, protocol: Protocol, operation: string): Params {
    const params = this.#paramsOf(node, protocol, operation);
    const ofNode = this.#params[node.name] ?? {};
    ofNode[protocol] = { ...ofNode[protocol], [operation]: params };
    this.#params[node.name] = ofNode;
    return params;
  }

  #paramsOf(node: Node, protocol: Protocol, operation: string): Params {
    const tags = requestTags(node, protocol, operation);
    return {
      headers: {
        Accept: 'application/json',
        'Content-Type': protocol === 'sql' ? 'text/plain' : 'application/json',
        ...this.#authorization(),
        'surreal-ns': this.#place.namespace,
        'surreal-db': this.#place.database,
      },
      timeout: settings.timeout,
      ...(tags === undefined ? {} : { tags }),
    };
  }
}

/** Users renew at different moments, so that their password hashes do not come in one burst. */
function renewalTime({ issued, expires }: Token): number {
  return issued + (expires - issued) * (0.5 + 0.3 * Math.random());
}

/** The session of a guest: its requests carry no token. */
export const guestSession = (place: Place): Session => new Session(place, NOBODY, () => NOBODY);
