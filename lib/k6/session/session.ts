import encoding from 'k6/encoding';
import http from 'k6/http';
import { describeUser, signInBody, signInSettings } from '../../core/access/node-user.ts';
import { databaseBeside, type Namespace } from '../../core/access/run-place.ts';
import { parse } from '../../core/protocols/outcome.ts';
import type { HttpEndpoint } from '../../core/protocols/request.ts';
import { credentials, settings } from '../setup/environment.ts';
import { now } from '../test/execution.ts';
import type { Node } from './nodes.ts';

/** A user's Bearer token. It is valid on every node of a cluster. */
export interface Token {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly issued: number;
}

/** The token of a guest, who never signed in. */
const NO_TOKEN: Token = { text: '', issued: 0, expires: Number.POSITIVE_INFINITY };

export class SignInError extends Error {}

/**
 * Signs in as the user of the settings. With a token the server verifies a signature; with Basic authentication it would hash the password
 * on every request (measured: 70 instead of 7,000 requests a second).
 * @throws SignInError naming node and cause
 */
export function signIn(node: Node): Token {
  const asked = Date.now();
  const response = http.post(`${node.url}/signin`, JSON.stringify(signInBody(credentials)), {
    headers: { Accept: 'application/json' },
    timeout: settings.timeout,
    responseType: 'text',
    tags: { node: node.name, operation: 'signin', name: 'POST /signin' },
  });
  const { token } = (response.status === 200 && parse<{ token?: unknown } | null>(response.body)) || {};
  if (typeof token !== 'string')
    throw new SignInError(
      response.status === 401
        ? `${node.name} (${node.url}) refused ${describeUser(credentials)}: set ${signInSettings(credentials)}.`
        : `${node.name} (${node.url}) gave no token: ${response.status === 0 ? response.error : `HTTP ${response.status} ${(response.body ?? '').slice(0, 60)}`}.`,
    );
  return tokenOf(token, asked);
}

/**
 * A new JSON Web Token. It expires, by this machine's clock, `exp - iat` (both by the server's) after it was asked for, as a busy
 * server may answer long after it made the token. After an hour, the server's default, if it has no expiry.
 * @param asked milliseconds since the epoch
 */
export function tokenOf(text: string, asked = Date.now()): Token {
  const { exp, iat } = parse<{ exp?: number; iat?: number }>(claimsOf(text)) ?? {};
  const seconds = exp === undefined ? 3600 : exp - (iat ?? asked / 1000);
  return { text, issued: asked, expires: asked + seconds * 1000 };
}

function claimsOf(token: string): string {
  try {
    return encoding.b64decode(token.split('.')[1] ?? '', 'rawurl', 's');
  } catch {
    return '';
  }
}

/** Least milliseconds between two sign-ins of one user that is being refused. */
const SIGN_IN_PAUSE = 1000;

/** Who a virtual user is to the nodes, as long as its token is good, and its routes to them. */
export class Session {
  readonly namespace: Namespace;
  readonly #signIn: (node: Node) => Token;
  readonly #headers: Partial<Record<HttpEndpoint['contentType'], Record<string, string>>> = {};
  /** What proves who this is; empty of a guest. It changes when it is renewed. */
  token: string;
  /** When the token must be renewed because it expires soon, or was rejected: milliseconds since the epoch. */
  #due: number;

  /** @param signInAgain as whoever the token belongs to; throws SignInError where it is refused */
  constructor(namespace: Namespace, token: Token, signInAgain = signIn) {
    this.namespace = namespace;
    this.#signIn = signInAgain;
    this.token = token.text;
    this.#due = renewalTime(token);
  }

  /** The same user in a database beside this one, which the run creates. */
  beside(name: string): Session {
    const { namespace, database } = this.namespace;
    const place = { namespace, database: databaseBeside(database, name) };
    const other = new Session(place, tokenOf(this.token), this.#signIn);
    other.#due = this.#due;
    return other;
  }

  /**
   * Signs in again if the token is due for renewal. If that is rejected, the old token stays for a while.
   * @returns when to call it again: milliseconds on the clock of `now`
   */
  renewWhenDue(node: Node): number {
    if (Date.now() >= this.#due) this.#renew(node);
    return now() + this.#due - Date.now();
  }

  /** Marks the token as rejected: `renewWhenDue`, called next, returns when to renew it. */
  markRejected(): void {
    this.#due = Math.min(this.#due, Date.now() + SIGN_IN_PAUSE);
  }

  /** Of all requests with a body of a type; they change with the token. Names are as Go writes them, which spares it the work. */
  headers(contentType: HttpEndpoint['contentType']): Readonly<Record<string, string>> {
    const known = this.#headers[contentType];
    if (known !== undefined) return known;
    const headers = {
      Accept: 'application/json',
      'Content-Type': contentType,
      ...this.#authorization(),
      'Surreal-Ns': this.namespace.namespace,
      'Surreal-Db': this.namespace.database,
    };
    this.#headers[contentType] = headers;
    return headers;
  }

  #renew(node: Node): void {
    try {
      const token = this.#signIn(node);
      this.token = token.text;
      this.#due = renewalTime(token);
      for (const headers of Object.values(this.#headers)) Object.assign(headers, this.#authorization());
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      this.#due = Date.now() + SIGN_IN_PAUSE;
    }
  }

  /** A record user has no other proof than its token. */
  #authorization(): { Authorization?: string } {
    if (this.token === '') return {};
    if (settings.auth === 'bearer' || this.#signIn !== signIn) return { Authorization: `Bearer ${this.token}` };
    return { Authorization: `Basic ${encoding.b64encode(`${settings.user}:${settings.pass}`)}` };
  }
}

/** Users renew at different moments, so that their password hashes do not come in one burst. */
function renewalTime({ issued, expires }: Token): number {
  return issued + (expires - issued) * (0.5 + 0.3 * Math.random());
}

/** The session of a guest: its requests carry no token. */
export const guestSession = (namespace: Namespace): Session => new Session(namespace, NO_TOKEN, () => NO_TOKEN);
