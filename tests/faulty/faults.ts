import { CONSISTENCY_FAULTS } from './consistency-faults.ts';
import { DROP, type Exchange, type Fault, type Reply } from './proxy.ts';
import { WORKLOAD_FILE_FAULTS } from './workload-file-faults.ts';

/** Misbehaves in every `oneIn`-th request that `applies`, starting with the first full round: rates are exact. */
function everyNth(oneIn: number, applies: (exchange: Exchange) => boolean, fault: Fault): Fault {
  let seen = 0;
  return (exchange, forward) => {
    if (!applies(exchange)) return forward();
    seen++;
    return seen % oneIn === 0 ? fault(exchange, forward) : forward();
  };
}

export const isCreate = ({ method, path, body }: Exchange): boolean =>
  (path.startsWith('/sql') && body.startsWith('CREATE ')) ||
  (path.startsWith('/key/') && method === 'POST') ||
  (path.startsWith('/graphql') && body.includes('mutation'));

/** A record's whole content that replaces the old one: by SurrealQL, REST or GraphQL. */
function replacement({ method, path, body }: Exchange): { id: string; content: Record<string, unknown> } | undefined {
  const [, key, literal] = /^UPDATE (\w+:\w+) CONTENT (\{.*\})$/.exec(body) ?? [];
  if (path.startsWith('/sql') && key !== undefined && literal !== undefined)
    return { id: key, content: parse(literal) };
  if (path.startsWith('/key/') && method === 'PUT')
    return { id: path.slice('/key/'.length).replace('/', ':'), content: parse(body) };
  const [, table = ''] = /upsert(\w+)\(/.exec(body) ?? [];
  if (!path.startsWith('/graphql') || table === '') return undefined;
  const { variables } = JSON.parse(body) as { variables: { id: string; data: Record<string, unknown> } };
  const links = Object.entries(variables.data).map(([field, value]) =>
    /^\w+:\w+$/.test(String(value)) ? [field, { id: value }] : [field, value],
  );
  return { id: `${table.toLowerCase()}:${variables.id}`, content: Object.fromEntries(links) };
}

/** JSON of an object in SurrealQL, where links stand without quotes. */
const parse = (literal: string): Record<string, unknown> =>
  JSON.parse(literal.replace(/":(\w+:\w+)/g, '":"$1"')) as Record<string, unknown>;

const isRead = ({ method, path, body }: Exchange): boolean =>
  (path.startsWith('/sql') && /^SELECT \* FROM \w+:\w+$/.test(body)) ||
  (path.startsWith('/key/') && method === 'GET' && !path.includes('?')) ||
  (path.startsWith('/graphql') && body.includes('row: ') && !body.includes('mutation'));

const isReadingQuery = ({ method, path, body }: Exchange): boolean =>
  (method === 'GET' && path.startsWith('/key/')) || /^SELECT |"query":"query/.test(body);

/** Whose a request is, told by its credentials and those of the root user. */
type Whose = (authorization: string | undefined, root: string | undefined) => boolean;
const isRecordUsers: Whose = (authorization, root) => authorization !== undefined && authorization !== root;
const isGuests: Whose = (authorization) => authorization === undefined;

/** Forwards requests with the first token that was seen, which is a root user's: suites begin by making a namespace. */
function asRoot(oneIn: number, applies: (exchange: Exchange) => boolean, whose = isRecordUsers): Fault {
  let root: string | undefined;
  const raise = everyNth(
    oneIn,
    (exchange) => whose(exchange.headers.authorization, root) && applies(exchange),
    ({ headers }, forward) => forward({ headers: { ...headers, authorization: root } }),
  );
  return (exchange, forward) => {
    root ??= exchange.headers.authorization;
    return raise(exchange, forward);
  };
}

const bodyOf = (path: string, entry: unknown): string =>
  JSON.stringify(
    path.startsWith('/graphql') ? { data: { row: entry } } : [{ result: [entry], status: 'OK', time: '1ms' }],
  );

const withoutTime = (body: string): string => body.replace(/"time":"[^"]*"/, '');

const OK_WITHOUT_RESULT = JSON.stringify([{ result: [], status: 'OK', time: '1ms', type: null }]);

const never = (): Promise<never> => new Promise(() => {});

/** Faults by name, each made for a rate. */
export const FAULTS = {
  none: () => (_exchange, forward) => forward(),
  /** Acknowledges a create and forgets it. */
  'lose-write': (oneIn) =>
    everyNth(oneIn, isCreate, async ({ path }) => ({
      status: 200,
      body: path.startsWith('/graphql') ? JSON.stringify({ data: { created: { id: 'x' } } }) : OK_WITHOUT_RESULT,
    })),
  /** Keeps another value than the one that was sent. */
  'corrupt-write': (oneIn) =>
    everyNth(oneIn, isCreate, ({ body }, forward) => forward({ body: body.replace(/("payload":")./, '$1z') })),
  /** Answers "already exists" to a create that it carried out. */
  'refuse-but-apply': (oneIn) =>
    everyNth(oneIn, isCreate, async (_exchange, forward) => {
      await forward();
      const refused = { result: 'Database record already exists', status: 'ERR', kind: 'AlreadyExists', time: '1ms' };
      return { status: 200, body: JSON.stringify([refused]) };
    }),
  /** Never answers a create that it has taken, and does nothing with it. */
  hang: (oneIn) => everyNth(oneIn, isCreate, never),
  /** Takes so many creates, and from then on never answers one. */
  'hang-for-ever': (after) => {
    let seen = 0;
    return (exchange, forward) => (isCreate(exchange) && ++seen > after ? never() : forward());
  },
  /** Takes so many creates, and from then on breaks the connection of each without doing anything. */
  drop: (after) => {
    let seen = 0;
    return async (exchange, forward) => (isCreate(exchange) && ++seen > after ? DROP : forward());
  },
  /** Takes so many creates, and from then on refuses whoever shows the token of the first of them. */
  'refuse-token': (after) => {
    let first: string | undefined;
    let seen = 0;
    return async (exchange, forward) => {
      const { authorization } = exchange.headers;
      if (isCreate(exchange)) {
        first ??= authorization;
        seen++;
      }
      if (seen <= after || authorization !== first) return forward();
      return { status: 401, body: 'There was a problem with authentication' };
    };
  },
  /** Answers a replacement as if it had been carried out, and forgets it. */
  'forget-update': (oneIn) =>
    everyNth(
      oneIn,
      (exchange) => replacement(exchange) !== undefined,
      async (exchange) => {
        const { id, content } = replacement(exchange) ?? {};
        return { status: 200, body: bodyOf(exchange.path, { id, ...content }) };
      },
    ),
  /** Lets a record user read with the rights of the root user who came first. */
  'leak-draft': (oneIn) => asRoot(oneIn, isReadingQuery),
  /** Lets a guest read with the rights of the root user who came first. */
  'leak-draft-to-guest': (oneIn) => asRoot(oneIn, isReadingQuery, isGuests),
  /** Lets a record user replace records with the rights of the root user who came first. */
  'allow-foreign-edit': (oneIn) => asRoot(oneIn, (exchange) => replacement(exchange) !== undefined),
  /** Answers a read with a record that somebody else has read before. */
  'wrong-record': (oneIn) => {
    const seen = new Map<string, Reply>();
    let reads = 0;
    return async (exchange, forward) => {
      const reply = await forward();
      if (!isRead(exchange) || /"result":\[\]|"row":null/.test(reply.body)) return reply;
      const kind = exchange.path.split('/')[1] ?? '';
      const other = seen.get(kind);
      seen.set(kind, reply);
      const differs = other !== undefined && withoutTime(other.body) !== withoutTime(reply.body);
      return differs && ++reads % oneIn === 0 ? other : reply;
    };
  },
  ...WORKLOAD_FILE_FAULTS,
  ...CONSISTENCY_FAULTS,
} satisfies Record<string, (oneIn: number) => Fault>;

export type FaultName = keyof typeof FAULTS;
