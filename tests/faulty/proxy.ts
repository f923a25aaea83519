import { Agent, createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Notify, proxyRpc } from './rpc-proxy.ts';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The connection that it came on: a client's own, and the node's that it speaks to. */
  readonly client: string;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Instead of a reply: the connection breaks. */
export const DROP: Reply = { status: 0, body: '' };

/** What a misbehaving server does with a request: it may forward it never, once or twice, and answer what it likes. */
export type Fault = (exchange: Exchange, forward: (changed?: Partial<Exchange>) => Promise<Reply>) => Promise<Reply>;

export interface FaultyServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A server that lies: it stands between clients and a real SurrealDB node, on a loopback port (0: any free one). */
export async function startFaultyServer(
  upstream: string,
  fault: Fault,
  port = 0,
  notify?: Notify,
): Promise<FaultyServer> {
  const agent = new Agent({ keepAlive: true });
  const server: Server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const exchange: Exchange = {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
      client: `${incoming.socket.remotePort}`,
    };
    try {
      const reply = await fault(exchange, (changed) => forward(agent, upstream, { ...exchange, ...changed }));
      if (reply === DROP) incoming.socket.destroy();
      else outgoing.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(reply.body);
    } catch (error) {
      outgoing.writeHead(502, { 'content-type': 'text/plain' }).end(String(error));
    }
  });
  proxyRpc(server, upstream, fault, DROP, notify);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(agent: Agent, upstream: string, { method, path, headers, body }: Exchange): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { host: _host, 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = headers;
    const outgoing = request(`${upstream}${path}`, {
      method,
      agent,
      headers: { ...kept, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode ?? 502, body: Buffer.concat(chunks).toString() });
    });
    outgoing.end(body);
  });
}
