import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { ServerError } from 'surrealdb';
import type { Caller, Engine } from './engine.ts';
import type { Reply } from './replies.ts';
import * as replies from './replies.ts';
import { ROUTES } from './routes.ts';
import { serveRpc } from './rpc.ts';

/** A server of HTTP, and of RPC over WebSocket, that answers as SurrealDB's does. */
export function surrealServer(engine: Engine): Server {
  const identity = { 'surreal-version': engine.version.replace('-', '/'), server: 'SurrealDB' };
  const server = createServer((request, response) => {
    answer(engine, request)
      .catch(failure)
      .then(({ status, headers, body = '' }) => {
        // What goes out after the server was closed is the last answer of its connection.
        if (!server.listening) response.shouldKeepAlive = false;
        response.writeHead(status, {
          ...headers,
          ...identity,
          'x-request-id': randomUUID(),
          'content-length': Buffer.byteLength(body),
        });
        response.end(body);
      });
  });
  // The real server never closes an idle connection; a client that reuses one just then would see it reset.
  server.keepAliveTimeout = 0;
  serveRpc(server, engine);
  return server;
}

async function answer(engine: Engine, request: IncomingMessage): Promise<Reply> {
  const [, address = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(request.url ?? '') ?? [];
  const path = address.slice(1).split('/').map(decodeURIComponent);
  const route = ROUTES.get(path[0] ?? '');
  const body = await bodyOf(request, route?.mostBytes ?? 0);
  const caller = callerOf(request.headers);
  const session = engine.session(caller);
  const refused = await session?.id.then(() => undefined, unauthorized);
  if (refused !== undefined) return refused;
  if (route === undefined || !(route.parts ?? [1]).includes(path.length)) return replies.notFound(address);
  // Node leaves out the body where the method is HEAD.
  const handler = route.methods[request.method === 'HEAD' ? 'GET' : (request.method ?? '')];
  if (handler === undefined) return replies.methodNotAllowed(Object.keys(route.methods));
  if (body === undefined) return replies.TOO_LARGE;
  const { accept } = request.headers;
  return handler({ engine, caller, session, path, parameters: new URLSearchParams(query), accept, body });
}

const callerOf = (headers: IncomingHttpHeaders): Caller => ({
  authorization: headers.authorization,
  namespace: headers['surreal-ns']?.toString() || undefined,
  database: headers['surreal-db']?.toString() || undefined,
});

/** The body of a request; undefined where it is larger than allowed. */
function bodyOf(request: IncomingMessage, mostBytes: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= mostBytes) chunks.push(chunk);
    });
    request.on('end', () => resolve(bytes > mostBytes ? undefined : Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}

function unauthorized(error: unknown): Reply {
  if (!(error instanceof ServerError)) throw error;
  return replies.unauthorized(error);
}

function failure(error: unknown): Reply {
  if (error instanceof ServerError) return replies.refusal(error);
  if (error instanceof URIError) return replies.badRequest('The path of the request is not valid');
  const reason = error instanceof Error ? error.message : String(error);
  // Nobody is there to read the reply to a request that was broken off.
  if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') console.error(`embedded: ${reason}`);
  return replies.internalError(reason);
}
