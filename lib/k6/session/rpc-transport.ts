// RPC over WebSocket: one connection for each session and node. A connection that breaks leaves what was under way without an
// answer; the next request opens another.
import { WebSocket } from 'k6/websockets';
import { classifySql, type RawAnswer } from '../../core/protocols/outcome.ts';
import { type Endpoint, variablesOf } from '../../core/protocols/request.ts';
import { RPC_FORMATS } from '../../core/protocols/rpc-formats.ts';
import type { Notification } from '../../core/protocols/rpc-messages.ts';
import { responseBytes } from '../operations/operation-metrics.ts';
import { requestTags } from '../operations/tags.ts';
import { settings } from '../setup/environment.ts';
import type { Node } from './nodes.ts';
import type { Send } from './send.ts';
import type { Session } from './session.ts';

/** As k6 codes them for HTTP: no answer in time, and a connection that broke, or was never made. */
const TIMED_OUT: RawAnswer = { status: 0, body: null, error_code: 1050, error: 'no answer in time' };
const BROKEN: RawAnswer = { status: 0, body: null, error_code: 1220, error: 'the connection was closed' };
const notMade = (error: string): RawAnswer => ({
  status: 0,
  body: null,
  error_code: /refused/.test(error) ? 1212 : /timeout|in time/.test(error) ? 1211 : 1210,
  error,
});

const FORMAT = RPC_FORMATS[settings.rpcFormat];

/** A request that waits for its answer. */
interface Waiting {
  readonly isQuery: boolean;
  readonly resolve: (answer: RawAnswer) => void;
  /** When its time has passed, milliseconds since 1970. */
  readonly deadline: number;
}

/** A session's connection to a node. */
export class RpcConnection {
  onNotification: (notification: Notification) => void = () => {};
  readonly #session: Session;
  readonly #node: Node;
  /** In the order in which they were sent, which is that of their deadlines. */
  readonly #pending = new Map<string, Waiting>();
  /** One for all requests, because to set and clear a timer costs more than to send a message. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReady = false;
  #socket: WebSocket | undefined;
  /** What it comes to: undefined once it is open and signed in, or the answer to whatever was to be sent. */
  #opening: Promise<RawAnswer | undefined> | undefined;
  /** The token that the node knows this connection by. */
  #token = '';
  #sent = 0;

  constructor(session: Session, node: Node) {
    this.#session = session;
    this.#node = node;
  }

  /** Opens the connection and signs in, unless it is open. @returns the answer to whatever was to be sent, if that failed */
  async open(): Promise<RawAnswer | undefined> {
    if (this.#socket === undefined) this.#opening = this.#connect();
    const failed = await this.#opening;
    if (failed !== undefined || this.#token === this.#session.token) return failed;
    // The token was renewed.
    return this.#authenticate();
  }

  /** Calls a method, without a detour if the connection is ready. @param parameters a JSON array */
  call(method: string, parameters: string): Promise<RawAnswer> {
    if (this.#isReady && this.#token === this.#session.token) return this.#send(method, parameters);
    return this.open().then((failed) => failed ?? this.#send(method, parameters));
  }

  /** Carries out statements as a transaction of several messages. One that fails cancels it. */
  async transact(statements: readonly string[]): Promise<RawAnswer> {
    const begun = await this.call('begin', '[]');
    const answer = classifySql(begun);
    if (answer.outcome !== 'ok') return begun;
    const transaction = String(answer.value[0]);
    const bodies: string[] = [];
    for (const text of statements) {
      const raw = await this.#send('query', JSON.stringify([text]), transaction);
      if (classifySql(raw).outcome !== 'ok') {
        if (this.#socket !== undefined) await this.#send('cancel', JSON.stringify([transaction]));
        return raw;
      }
      bodies.push(raw.body?.slice(1, -1) ?? '');
    }
    const committed = await this.#send('commit', JSON.stringify([transaction]));
    return classifySql(committed).outcome === 'ok' ? { ...committed, body: `[${bodies.join(',')}]` } : committed;
  }

  close(): void {
    this.#socket?.close();
    this.#end(BROKEN);
  }

  async #connect(): Promise<RawAnswer | undefined> {
    const socket = new WebSocket(`${this.#node.url.replace(/^http/, 'ws')}/rpc`, null, {
      headers: { 'Sec-WebSocket-Protocol': settings.rpcFormat },
      tags: requestTags(this.#node, 'rpc', 'connect') ?? {},
    });
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#token = '';
    const failure = await opened(socket);
    if (failure !== undefined) {
      this.#end(failure);
      return failure;
    }
    socket.onmessage = (event) => this.#receive(event?.data as string | ArrayBuffer);
    socket.onclose = () => this.#socket === socket && this.#end(BROKEN);
    socket.onerror = socket.onclose;
    const { namespace, database } = this.#session.namespace;
    const used = this.#send('use', JSON.stringify([namespace, database]));
    const refused = this.#session.token === '' ? undefined : await this.#authenticate();
    await used;
    if (refused !== undefined) this.close();
    else this.#isReady = this.#socket === socket;
    return refused;
  }

  async #authenticate(): Promise<RawAnswer | undefined> {
    const { token } = this.#session;
    const answer = await this.#send('authenticate', JSON.stringify([token]));
    if (answer.status !== 200) return answer;
    if (answer.body?.includes('"ERR"')) return { ...answer, status: 401 };
    this.#token = token;
    return undefined;
  }

  #send(method: string, parameters: string, transaction?: string): Promise<RawAnswer> {
    const id = String(++this.#sent);
    return new Promise((resolve) => {
      this.#pending.set(id, { isQuery: method === 'query', resolve, deadline: Date.now() + settings.timeout });
      if (this.#timer === undefined) this.#watch(settings.timeout);
      this.#socket?.send(FORMAT.write(id, method, parameters, transaction));
    });
  }

  #receive(message: string | ArrayBuffer): void {
    const received = FORMAT.read(message);
    if (received.id === undefined) this.onNotification(received.notification);
    else {
      const isQuery = this.#pending.get(received.id)?.isQuery === true;
      this.#resolve(received.id, { status: 200, body: received.body(isQuery), error_code: 0 });
    }
  }

  /** An answer that comes after its time has passed finds nobody who waits for it. */
  #resolve(id: string, answer: RawAnswer): void {
    const waiting = this.#pending.get(id);
    if (waiting === undefined) return;
    this.#pending.delete(id);
    waiting.resolve(answer);
  }

  /** Looks after so many milliseconds for requests whose time has passed. */
  #watch(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const time = Date.now();
      for (const [id, { deadline }] of this.#pending) {
        if (deadline > time) return this.#watch(deadline - time);
        this.#resolve(id, TIMED_OUT);
      }
    }, milliseconds);
  }

  /** The connection is gone: what was under way has this for an answer. */
  #end(answer: RawAnswer): void {
    this.#socket = undefined;
    this.#isReady = false;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const id of [...this.#pending.keys()]) this.#resolve(id, answer);
  }
}

/** @returns undefined once the connection is made, or why it is not */
function opened(socket: WebSocket): Promise<RawAnswer | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(notMade('no connection in time'));
      socket.close();
    }, settings.timeout);
    const settle = (answer?: RawAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    socket.onopen = () => settle();
    socket.onerror = (event) => settle(notMade(event?.error ?? ''));
    socket.onclose = () => settle(notMade('closed while it was made'));
  });
}

const connections = new Map<Session, Map<Node, RpcConnection>>();

/** This virtual user's connection of a session to a node. */
export function connectionTo(session: Session, node: Node): RpcConnection {
  const known = connections.get(session) ?? new Map<Node, RpcConnection>();
  connections.set(session, known);
  const connection = known.get(node) ?? new RpcConnection(session, node);
  known.set(node, connection);
  return connection;
}

/** k6 ends an iteration only when all of its connections are closed. */
export function closeConnections(): void {
  for (const known of connections.values()) for (const connection of known.values()) connection.close();
}

function senderOn(connection: RpcConnection, endpoint: Endpoint): Send {
  if (endpoint.transport !== 'rpc')
    return (tail, body) => connection.call('query', JSON.stringify(tail === '' ? [body] : [body, variablesOf(tail)]));
  const { method } = endpoint;
  if (method === 'transaction') return (_tail, body) => connection.transact(JSON.parse(body ?? '[]') as string[]);
  return (_tail, body) => connection.call(method, body ?? '[]');
}

/** Makes the sender of a session's requests to a node for one operation: a method of RPC, or SurrealQL by `query`. */
export function rpcSender(session: Session, node: Node, endpoint: Endpoint, operation: string): Send {
  const connection = connectionTo(session, node);
  const send = senderOn(connection, endpoint);
  if (settings.protocol !== 'all') return send;
  const tags = requestTags(node, 'rpc', operation);
  return async (tail, body) => {
    const answer = await send(tail, body);
    responseBytes.add(answer.body?.length ?? 0, tags);
    return answer;
  };
}
