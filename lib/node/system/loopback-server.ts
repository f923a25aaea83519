import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that only this machine reaches. */
export interface LoopbackServer {
  readonly url: string;
  readonly close: () => void;
}

type Handle = (url: URL, response: ServerResponse, request: IncomingMessage) => void;

/** Serves on a free port of 127.0.0.1. */
export async function serveOnLoopback(handle: Handle): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    // A page elsewhere that resolves its own name to this address must not read a run.
    if (!['127.0.0.1', 'localhost'].some((host) => request.headers.host === `${host}:${port}`))
      return answer(response, 403, 'text/plain', 'Only http://127.0.0.1 is served.');
    handle(new URL(request.url ?? '/', 'http://127.0.0.1'), response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
