import type { Caller, Engine, Session } from './engine.ts';
import { toJson } from './json.ts';
import { KEY_METHODS, type KeyMethod, keyQuery } from './key-route.ts';
import type { Reply } from './replies.ts';
import * as replies from './replies.ts';

export interface Request {
  readonly engine: Engine;
  readonly caller: Caller;
  /** Undefined for an anonymous caller. */
  readonly session: Session | undefined;
  readonly path: readonly string[];
  readonly parameters: URLSearchParams;
  readonly accept: string | undefined;
  readonly body: string;
}

type Handler = (request: Request) => Promise<Reply> | Reply;

export interface Route {
  readonly methods: Readonly<Record<string, Handler>>;
  /** The server's limit for bodies, in bytes. */
  readonly mostBytes?: number;
  /** Parts of a path, with the route's name. */
  readonly parts?: readonly number[];
}

const NO_GRAPHQL_TEXT =
  'The embedded engine has no GraphQL. Run against a SurrealDB server (`npm run setup` tells how to get one), or choose the protocol sql, rest or rpc.';
const NO_GRAPHQL = replies.json(
  501,
  JSON.stringify({ code: 501, details: 'Not implemented', errors: [{ message: NO_GRAPHQL_TEXT }] }),
);

/** What the server answers, by the first part of the path. */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['sql', { methods: { POST: sql }, mostBytes: 1 << 20 }],
  [
    'key',
    {
      methods: Object.fromEntries(KEY_METHODS.map((method) => [method, (request: Request) => key(method, request)])),
      mostBytes: 16 << 10,
      parts: [2, 3],
    },
  ],
  ['signin', { methods: { POST: (request) => sign('signin', request) }, mostBytes: 1 << 10 }],
  ['signup', { methods: { POST: (request) => sign('signup', request) }, mostBytes: 1 << 10 }],
  ['health', { methods: { GET: health } }],
  ['ready', { methods: { GET: () => replies.EMPTY } }],
  ['status', { methods: { GET: () => replies.EMPTY } }],
  ['version', { methods: { GET: ({ engine }) => replies.text(200, engine.version) } }],
  ['metrics', { methods: { GET: ({ engine }) => replies.text(200, metrics(engine.version), METRICS_TYPE) } }],
  ['graphql', { methods: { POST: () => NO_GRAPHQL }, mostBytes: 1 << 20 }],
]);
const METRICS_TYPE = 'text/plain; version=0.0.4';

async function sql({ engine, session, parameters, accept, body }: Request): Promise<Reply> {
  if (session === undefined) return replies.ANONYMOUS;
  if (!takesJson(accept)) return replies.UNSUPPORTED_MEDIA_TYPE;
  return replies.json(200, toJson(await engine.query(session, body, Object.fromEntries(parameters))));
}

async function key(
  method: KeyMethod,
  { engine, caller, session, path, parameters, accept, body }: Request,
): Promise<Reply> {
  const { namespace, database } = session ?? caller;
  if (namespace === undefined) return replies.badRequest('Specify a namespace to use');
  if (database === undefined) return replies.badRequest('Specify a database to use');
  if (session === undefined) return replies.ANONYMOUS;
  if (!takesJson(accept)) return replies.UNSUPPORTED_MEDIA_TYPE;
  const [, table = '', id] = path;
  const asked = keyQuery({ method, table, id, parameters, body });
  if ('reply' in asked) return asked.reply;
  return replies.json(200, toJson(await engine.query(session, asked.query, asked.variables)));
}

async function sign(direction: 'signin' | 'signup', { engine, accept, body }: Request): Promise<Reply> {
  const credentials = parsedObject(body);
  if (credentials === undefined) return replies.badRequest('The request body contains invalid data');
  const token = await engine.sign(direction, credentials);
  // So does the server: without `Accept` it only says that it went well.
  if (accept === undefined) return replies.EMPTY;
  if (accept.startsWith('text/plain')) return replies.text(200, accessToken(token), 'text/plain');
  if (!takesJson(accept)) return replies.UNSUPPORTED_MEDIA_TYPE;
  return replies.json(200, JSON.stringify({ code: 200, details: 'Authentication succeeded', token }));
}

async function health({ engine }: Request): Promise<Reply> {
  try {
    await engine.health();
    return replies.EMPTY;
  } catch {
    return replies.UNHEALTHY;
  }
}

const takesJson = (accept: string | undefined): boolean =>
  accept === undefined || /^(application\/json|\*\/\*)(;|$)/.test(accept);

/** The token of what a sign-in returns: it, or an object of access and refresh token. */
export const accessToken = (token: unknown): string =>
  typeof token === 'object' && token !== null && 'access' in token ? String(token.access) : String(token);

function parsedObject(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The server's Prometheus metrics that make sense here: those of this process. */
function metrics(version: string): string {
  const gauge = (name: string, help: string, value: number, labels = ''): string =>
    `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`;
  return [
    gauge('surrealdb_build_info', 'SurrealDB build information (value is always 1)', 1, `{build_version="${version}"}`),
    gauge('surrealdb_process_uptime_seconds', 'Seconds since the process started', Math.floor(process.uptime())),
    gauge('surrealdb_process_memory_bytes', 'Resident set size of the process', process.memoryUsage.rss()),
  ].join('\n');
}
