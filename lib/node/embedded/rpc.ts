// RPC over WebSocket in its formats `json` and `cbor`, as SurrealDB's server speaks it: what a connection sends is done in a session of its own.
import type { Server } from 'node:http';
import { ServerError } from 'surrealdb';
import { type WebSocket, WebSocketServer } from 'ws';
import { parseExactJson } from '../../core/converters/exact-json.ts';
import { RPC_FORMAT_NAMES } from '../../core/protocols/protocols.ts';
import { fromCbor, toCbor } from '../../core/protocols/rpc-cbor.ts';
import type { Caller, Engine } from './engine.ts';
import { quotedIdentifier, toJson } from './json.ts';
import { accessToken } from './routes.ts';
import type { Statement } from './statements.ts';

/** The server's limit of a message, in bytes. */
const MOST_BYTES = 16 << 20;

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly kind?: string | undefined;
  readonly details?: unknown;
}

/** A refusal, as the server words it. */
class Refused extends Error {
  readonly error: RpcError;
  constructor(error: RpcError) {
    super(error.message);
    this.error = error;
  }
}

const ANONYMOUS: RpcError = {
  code: -32002,
  message: 'Anonymous access not allowed: Not enough permissions to perform this action',
  kind: 'NotAllowed',
};
const INVALID_PARAMETERS: RpcError = { code: -32602, message: 'Invalid params', kind: 'Validation' };

/** The statement that does what a method does; `$a`, `$b` and so on are its parameters by their place, records as text. */
const STATEMENTS: Readonly<Record<string, (params: readonly unknown[]) => string>> = {
  select: () => 'SELECT * FROM type::record($a)',
  create: () => 'CREATE type::record($a) CONTENT $b',
  update: () => 'UPDATE type::record($a) CONTENT $b',
  upsert: () => 'UPSERT type::record($a) CONTENT $b',
  merge: () => 'UPDATE type::record($a) MERGE $b',
  delete: () => 'DELETE type::record($a) RETURN BEFORE',
  relate([, edge]) {
    const text = textOf(edge);
    // A table, or the record that becomes the edge.
    const by = text.includes(':') ? '$edge' : quotedIdentifier(text);
    return `LET $from = type::record($a); LET $to = type::record($c); ${by === '$edge' ? 'LET $edge = type::record($b); ' : ''}RELATE $from->${by}->$to CONTENT $d`;
  },
  run: ([name, , given]) => {
    if (!/^[\w:]+$/.test(textOf(name))) throw new Refused(INVALID_PARAMETERS);
    return `RETURN [${textOf(name)}(${(Array.isArray(given) ? given : []).map((_, at) => `$c[${at}]`).join(',')})]`;
  },
};

/** Answers RPC at `/rpc` of a server. */
export function serveRpc(server: Server, engine: Engine): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_BYTES, handleProtocols: takeFormat });
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== '/rpc') socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    else sockets.handleUpgrade(request, socket, head, (opened) => new Connection(engine, opened));
  });
  server.on('close', () => {
    for (const client of sockets.clients) client.terminate();
  });
}

const takeFormat = (offered: Set<string>): string | false =>
  RPC_FORMAT_NAMES.find((name) => offered.has(name)) ?? false;

class Connection {
  readonly #engine: Engine;
  readonly #socket: WebSocket;
  #caller: Caller = { authorization: undefined, namespace: undefined, database: undefined };

  constructor(engine: Engine, socket: WebSocket) {
    this.#engine = engine;
    this.#socket = socket;
    // A message that is not JSON ends its connection, not the engine.
    socket.on('message', (data) => void this.#answer(data as Buffer).catch(() => socket.terminate()));
    socket.on('error', () => socket.terminate());
  }

  async #answer(data: Buffer): Promise<void> {
    const isCbor = this.#socket.protocol === 'cbor';
    const {
      id = null,
      method = '',
      params = [],
    } = (isCbor ? fromCbor(new Uint8Array(data).buffer) : JSON.parse(String(data))) as {
      id?: string;
      method?: string;
      params?: unknown[];
    };
    const reply = await this.#call(method, params).then(
      (result) => `{"id":${JSON.stringify(id)},"result":${result}}`,
      (error: unknown) => JSON.stringify({ error: errorOf(error), id }),
    );
    // Whole numbers beyond 2^53 go as text: their digits count.
    this.#socket.send(isCbor ? toCbor(parseExactJson(reply, 'The reply')) : reply);
  }

  /** @returns the result as JSON @throws Refused, ServerError */
  async #call(method: string, params: readonly unknown[]): Promise<string> {
    const [first, second] = params;
    switch (method) {
      case 'ping':
        return 'null';
      case 'version':
        return JSON.stringify(this.#engine.version);
      case 'use':
        this.#caller = { ...this.#caller, namespace: textOf(first), database: textOf(second) };
        return JSON.stringify({ namespace: first, database: second });
      case 'signin':
      case 'signup':
        return JSON.stringify(await this.#signIn(method, first));
      case 'authenticate':
        await this.#become(textOf(first));
        return 'null';
      case 'invalidate':
        this.#caller = { ...this.#caller, authorization: undefined };
        return 'null';
      case 'query':
        return toJson(await this.#query(textOf(first), (second ?? {}) as Record<string, unknown>));
      default:
        return this.#do(method, params);
    }
  }

  /** What a method with a statement comes to. */
  async #do(method: string, params: readonly unknown[]): Promise<string> {
    const statement = STATEMENTS[method];
    if (statement === undefined) throw new Refused({ code: -32601, message: 'Method not found', kind: 'NotFound' });
    const variables = Object.fromEntries(params.map((value, at) => ['abcd'[at], value]));
    const answers = await this.#query(statement(params), variables);
    const failed = answers.find(({ status }) => status === 'ERR');
    if (failed !== undefined) throw new Refused({ ...failed, code: -32000, message: String(failed.result) });
    return toJson((answers.at(-1)?.result as unknown[] | undefined)?.[0] ?? null);
  }

  #query(text: string, variables: Readonly<Record<string, unknown>>): Promise<Statement[]> {
    const session = this.#engine.session(this.#caller);
    if (session === undefined) throw new Refused(ANONYMOUS);
    return this.#engine.query(session, text, variables);
  }

  async #signIn(direction: 'signin' | 'signup', credentials: unknown): Promise<unknown> {
    const token = await this.#engine.sign(direction, Object(credentials));
    await this.#become(accessToken(token));
    return token;
  }

  /** @throws ServerError where the token is not good */
  async #become(token: string): Promise<void> {
    const caller = { ...this.#caller, authorization: `Bearer ${token}` };
    await this.#engine.session(caller)?.id;
    this.#caller = caller;
  }
}

function errorOf(error: unknown): RpcError {
  if (error instanceof Refused) return error.error;
  if (error instanceof ServerError)
    return { code: -32000, message: error.message, kind: error.kind, details: error.details };
  return { code: -32000, message: error instanceof Error ? error.message : String(error), kind: 'Internal' };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Refused(INVALID_PARAMETERS);
}
