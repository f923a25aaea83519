import { once } from 'node:events';
import type { Server } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import type { Exchange, Fault, Reply } from './proxy.ts';

/** Sends a text to one client. */
export type Send = (text: string) => void;
/** What a server does with a notification for a client. */
export type Notify = (text: string, send: Send) => void;

const pass: Notify = (text, send) => send(text);

interface Message {
  readonly id: string;
  readonly method: string;
  readonly params: readonly unknown[];
}

/**
 * RPC through a server that lies: a call is what its request over HTTP would be, a `query` of /sql, a `create` of /key, so that
 * faults are the same for each protocol. Other methods pass as they are.
 * @param drop is what the fault replies if the connection is to break
 * @param notify handles what live queries tell, for a client; without it they pass
 */
export function proxyRpc(server: Server, upstream: string, fault: Fault, drop: Reply, notify: Notify = pass): void {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'json' });
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (client) => void connect(client, upstream, fault, drop, notify)),
  );
  server.on('close', () => {
    for (const client of sockets.clients) client.terminate();
  });
}

async function connect(client: WebSocket, upstream: string, fault: Fault, drop: Reply, notify: Notify): Promise<void> {
  const send: Send = (text) => client.send(text);
  const node = new WebSocket(`${upstream.replace(/^http/, 'ws')}/rpc`, 'json');
  const opened = once(node, 'open');
  const waiting = new Map<string, (text: string) => void>();
  let asked = 0;
  node.on('message', (data) => {
    const text = String(data);
    const { id } = JSON.parse(text) as { id?: string };
    const resolve = id === undefined ? undefined : waiting.get(id);
    if (id === undefined) notify(text, send);
    else if (resolve === undefined) send(text);
    else resolve(text);
  });
  const ask = async (message: Message): Promise<string> => {
    const id = `${message.id}x${asked++}`;
    node.send(JSON.stringify({ ...message, id }));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  client.on('message', async (data) => {
    await opened;
    const message = JSON.parse(String(data)) as Message;
    const exchange = exchangeOf(message);
    if (exchange === undefined) return node.send(String(data));
    const forward = async (changed: Partial<Exchange> = {}): Promise<Reply> =>
      replyOf(message, await ask(withBody(message, changed.body ?? exchange.body)));
    const reply = await fault(exchange, forward);
    if (reply === drop) client.terminate();
    else client.send(answerOf(message, reply));
  });
  client.on('close', () => node.terminate());
  node.on('close', () => client.terminate());
  node.on('error', () => client.terminate());
}

function exchangeOf({ method, params }: Message): Exchange | undefined {
  const [first, second] = params;
  const by = { headers: {}, client: 'rpc' };
  if (method === 'query') return { ...by, method: 'POST', path: '/sql', body: String(first) };
  if (method === 'create')
    return {
      ...by,
      method: 'POST',
      path: `/key/${String(first).replace(':', '/')}`,
      body: JSON.stringify(second),
    };
  return undefined;
}

const withBody = (message: Message, body: string): Message => ({
  ...message,
  params: message.method === 'query' ? [body, ...message.params.slice(1)] : [message.params[0], JSON.parse(body)],
});

/** The body that HTTP would have. */
function replyOf({ method }: Message, text: string): Reply {
  const { result, error } = JSON.parse(text) as { result?: unknown; error?: { message: string } };
  if (error !== undefined)
    return { status: 200, body: JSON.stringify([{ ...error, status: 'ERR', result: error.message }]) };
  return { status: 200, body: JSON.stringify(method === 'query' ? result : [{ status: 'OK', result: [result] }]) };
}

function answerOf({ id, method }: Message, { body }: Reply): string {
  if (method === 'query') return `{"id":"${id}","result":${body}}`;
  const [statement] = JSON.parse(body) as [{ status: string; result: unknown }];
  if (statement.status === 'ERR') return JSON.stringify({ error: { ...statement, message: statement.result }, id });
  return JSON.stringify({ id, result: (statement.result as unknown[])[0] ?? null });
}
