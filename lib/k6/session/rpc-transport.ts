// RPC over WebSocket: one connection for each session and node. A connection that breaks leaves what was under way without an
// answer; the next request opens another.
import { WebSocket } from 'k6/websockets';
import { classifySql, type RawAnswer } from '../../core/protocols/outcome.ts';
import { type Endpoint, variablesOf } from '../../core/protocols/request.ts';
import { RPC_FORMATS } from '../../core/protocols/rpc-formats.ts';
import { bodyOf, type Notification } from '../../core/protocols/rpc-messages.ts';
import { responseBytes } from '../operations/operation-metrics.ts';
import { requestTags } from '../operations/tags.ts';
import { settings } from '../setup/environment.ts';
import type { Node } from './nodes.ts';
import type { SendLater } from './send.ts';
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

const { write, read } = RPC_FORMATS[settings.rpcFormat];
/** Of a request, milliseconds. */
const TIMEOUT = settings.timeout;

/** A request that waits for its answer. */
interface Waiting {
  readonly isQuery: boolean;
  readonly receive: (answer: RawAnswer) => void;
  /** When its time has passed, milliseconds since 1970. */
  readonly deadline: number;
}

/** A session's connection to a node. */
export interface RpcConnection {
  /** Opens it and signs in, unless it is open. @returns the answer to whatever was to be sent, if that failed */
  open(): Promise<RawAnswer | undefined>;
  /**
   * Calls a method, without a detour if the connection is ready.
   * @param parameters a JSON array
   * @param receive is handed the answer: a promise costs more than all else that is done here
   */
  request(method: string, parameters: string, receive: (answer: RawAnswer) => void): void;
  /** As `request`, for those who can wait. */
  call(method: string, parameters: string): Promise<RawAnswer>;
  /** Carries out statements as a transaction of several messages. One that fails cancels it. */
  transact(statements: readonly string[]): Promise<RawAnswer>;
  close(): void;
}

/**
 * Makes a session's connection to a node. What a request needs waits in variables of closures (operation.ts has why).
 * @param notify receives the changes of live queries
 */
export function rpcConnection(
  session: Session,
  node: Node,
  notify: (notification: Notification) => void = () => {},
): RpcConnection {
  /** In the order in which they were sent, which is that of their deadlines. */
  const pending = new Map<string, Waiting>();
  /** One for all requests, because to set and clear a timer costs more than to send a message. */
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isReady = false;
  let socket: WebSocket | undefined;
  /** What it comes to: undefined once it is open and signed in, or the answer to whatever was to be sent. */
  let opening: Promise<RawAnswer | undefined> | undefined;
  /** The token that the node knows this connection by. */
  let token = '';
  let sent = 0;

  return { open, request, call, transact, close };

  async function open(): Promise<RawAnswer | undefined> {
    if (socket === undefined) opening = connect();
    const failed = await opening;
    if (failed !== undefined || token === session.token) return failed;
    // The token was renewed.
    return authenticate();
  }

  function request(method: string, parameters: string, receive: Waiting['receive']): void {
    if (isReady && token === session.token) send(method, parameters, receive);
    else open().then((failed) => (failed === undefined ? send(method, parameters, receive) : receive(failed)));
  }

  function call(method: string, parameters: string): Promise<RawAnswer> {
    return new Promise((resolve) => request(method, parameters, resolve));
  }

  /** The answer to what is sent on a connection that is open. */
  function answerTo(method: string, parameters: readonly unknown[], transaction?: string): Promise<RawAnswer> {
    return new Promise((resolve) => send(method, JSON.stringify(parameters), resolve, transaction));
  }

  async function transact(statements: readonly string[]): Promise<RawAnswer> {
    const begun = await call('begin', '[]');
    const answer = classifySql(begun);
    if (answer.outcome !== 'ok') return begun;
    const transaction = String(answer.value[0]);
    const bodies: string[] = [];
    for (const text of statements) {
      const raw = await answerTo('query', [text], transaction);
      if (classifySql(raw).outcome !== 'ok') {
        if (socket !== undefined) await answerTo('cancel', [transaction]);
        return raw;
      }
      bodies.push(raw.body?.slice(1, -1) ?? '');
    }
    const committed = await answerTo('commit', [transaction]);
    return classifySql(committed).outcome === 'ok' ? { ...committed, body: `[${bodies.join(',')}]` } : committed;
  }

  function close(): void {
    socket?.close();
    end(BROKEN);
  }

  async function connect(): Promise<RawAnswer | undefined> {
    const own = new WebSocket(`${node.url.replace(/^http/, 'ws')}/rpc`, null, {
      headers: { 'Sec-WebSocket-Protocol': settings.rpcFormat },
      tags: requestTags(node, 'rpc', 'connect') ?? {},
    });
    own.binaryType = 'arraybuffer';
    socket = own;
    token = '';
    const failure = await opened(own);
    if (failure !== undefined) {
      end(failure);
      return failure;
    }
    own.onmessage = (event) => take(event?.data as string | ArrayBuffer);
    own.onclose = () => socket === own && end(BROKEN);
    own.onerror = own.onclose;
    const { namespace, database } = session.namespace;
    const used = answerTo('use', [namespace, database]);
    const refused = session.token === '' ? undefined : await authenticate();
    await used;
    if (refused !== undefined) close();
    else isReady = socket === own;
    return refused;
  }

  async function authenticate(): Promise<RawAnswer | undefined> {
    const wanted = session.token;
    const answer = await answerTo('authenticate', [wanted]);
    if (answer.status !== 200) return answer;
    if (answer.body?.includes('"ERR"')) return { ...answer, status: 401 };
    token = wanted;
    return undefined;
  }

  function send(method: string, parameters: string, receive: Waiting['receive'], transaction?: string): void {
    const id = String(++sent);
    pending.set(id, { isQuery: method === 'query', receive, deadline: Date.now() + TIMEOUT });
    if (timer === undefined) watch(TIMEOUT);
    socket?.send(write(id, method, parameters, transaction));
  }

  function take(message: string | ArrayBuffer): void {
    const received = read(message);
    if (received.id === undefined) {
      notify(received.notification);
      return;
    }
    const waiting = pending.get(received.id);
    // An answer that comes after its time has passed finds nobody who waits for it.
    if (waiting === undefined) return;
    pending.delete(received.id);
    waiting.receive({ status: 200, body: bodyOf(received, waiting.isQuery), error_code: 0 });
  }

  /** Looks after so many milliseconds for requests whose time has passed. */
  function watch(milliseconds: number): void {
    timer = setTimeout(() => {
      timer = undefined;
      const time = Date.now();
      for (const [id, { deadline, receive }] of pending) {
        if (deadline > time) return watch(deadline - time);
        pending.delete(id);
        receive(TIMED_OUT);
      }
    }, milliseconds);
  }

  /** The connection is gone: what was under way has this for an answer. */
  function end(answer: RawAnswer): void {
    socket = undefined;
    isReady = false;
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
    const left = [...pending.values()];
    pending.clear();
    for (const { receive } of left) receive(answer);
  }
}

/** @returns undefined once the connection is made, or why it is not */
function opened(socket: WebSocket): Promise<RawAnswer | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(notMade('no connection in time'));
      socket.close();
    }, TIMEOUT);
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
  const connection = known.get(node) ?? rpcConnection(session, node);
  known.set(node, connection);
  return connection;
}

/** k6 ends an iteration only when all of its connections are closed. */
export function closeConnections(): void {
  for (const known of connections.values()) for (const connection of known.values()) connection.close();
}

function senderOn({ request, transact }: RpcConnection, endpoint: Endpoint): SendLater {
  if (endpoint.transport !== 'rpc')
    return (tail, body, receive) =>
      request('query', JSON.stringify(tail === '' ? [body] : [body, variablesOf(tail)]), receive);
  const { method } = endpoint;
  if (method === 'transaction')
    return (_tail, body, receive) => void transact(JSON.parse(body ?? '[]') as string[]).then(receive);
  return (_tail, body, receive) => request(method, body ?? '[]', receive);
}

/** Makes the sender of a session's requests to a node for one operation: a method of RPC, or SurrealQL by `query`. */
export function rpcSender(session: Session, node: Node, endpoint: Endpoint, operation: string): SendLater {
  const send = senderOn(connectionTo(session, node), endpoint);
  if (settings.protocol !== 'all') return send;
  const tags = requestTags(node, 'rpc', operation);
  return (tail, body, receive) =>
    send(tail, body, (answer) => {
      responseBytes.add(answer.body?.length ?? 0, tags);
      receive(answer);
    });
}
