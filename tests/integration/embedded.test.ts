import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { which } from 'zx';
import { portsFrom } from '../../lib/node/targets/ports.ts';

const PASS = 'correct horse battery';
const MAIN = 'lib/node/embedded/main.ts';

// --- processes -------------------------------------------------------------------------------------------------------

interface Running {
  readonly child: ChildProcess;
  readonly nodes: string[];
  readonly version: string;
  output(): { stdout: string; stderr: string };
}

function start(command: string, args: string[], env: Record<string, string>) {
  const child = spawn(command, args, { env: { ...process.env, SURREAL_USER: 'root', SURREAL_PASS: PASS, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { child, output: () => output, exited };
}

const runEmbedded = (env: Record<string, string>) => start(process.execPath, ['--import', 'tsx', MAIN], env);

async function embedded(env: Record<string, string> = {}): Promise<Running> {
  const { child, output, exited } = runEmbedded({ EMBEDDED_PORTS: '0', ...env });
  const ended = exited.then(() => Promise.reject(new Error(output().stderr)));
  while (!output().stdout.includes('\n')) await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  const { nodes, version } = JSON.parse(output().stdout) as { nodes: string[]; version: string };
  return { child, nodes, version, output };
}

async function realServer(program: string): Promise<Running> {
  const url = `http://127.0.0.1:${(await portsFrom(0, 1))[0]}`;
  const args = ['start', '--no-banner', '--log', 'none', '--bind', url.replace('http://', ''), 'memory'];
  const { child, output, exited } = start(program, args, { SURREAL_ONLINE_VERSION_CHECK: 'false' });
  const ready = () =>
    fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) await Promise.race([pause(50), exited.then(() => assert.fail(output().stderr))]);
  return { child, nodes: [url], version: await (await fetch(`${url}/version`)).text(), output };
}

async function stop({ child }: Running): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await exited;
  return code as number | null;
}

// --- requests --------------------------------------------------------------------------------------------------------

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Step {
  readonly title: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  /** `root`, `anonymous`, a raw `Authorization` header, or a name that an earlier step has kept. */
  readonly as?: string;
  /** Namespace and database; none where empty. */
  readonly place?: readonly string[];
  readonly accept?: string | null;
  /** Keeps the token of the answer under this name. */
  readonly keep?: string;
  readonly answer: Answer;
  /** What SurrealDB 3.3 answers instead, and why. */
  readonly server33?: { readonly why: string; readonly answer: Answer };
}

const PLACE = ['shop', 'main'];

class Client {
  readonly #url: string;
  readonly #tokens = new Map<string, string>();

  constructor(url: string) {
    this.#url = url;
  }

  async send({
    method = 'POST',
    path = '/sql',
    body,
    as = 'root',
    place = PLACE,
    accept,
    keep,
  }: Omit<Step, 'title' | 'answer'>): Promise<Answer> {
    if (as === 'root' && !this.#tokens.has('root')) await this.#signIn();
    const [namespace, database] = place;
    const headers: Record<string, string> = {
      ...(accept === null ? {} : { accept: accept ?? 'application/json' }),
      ...(namespace === undefined ? {} : { 'surreal-ns': namespace }),
      ...(database === undefined ? {} : { 'surreal-db': database }),
      ...(as === 'anonymous' ? {} : { authorization: this.#tokens.get(as) ?? as }),
    };
    const response = await fetch(this.#url + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    const parsed: unknown = isJson ? JSON.parse(text) : text;
    if (keep !== undefined) this.#tokens.set(keep, `Bearer ${(parsed as { token: string }).token}`);
    return { status: response.status, body: comparable(parsed) };
  }

  async sql(query: string, more: Partial<Step> = {}): Promise<Entry[]> {
    const { status, body } = await this.send({ body: query, ...more });
    assert.equal(status, 200, JSON.stringify(body));
    return body as Entry[];
  }

  async #signIn(): Promise<void> {
    const body = JSON.stringify({ user: 'root', pass: PASS });
    await this.send({ path: '/signin', body, as: 'anonymous', keep: 'root' });
  }
}

interface Entry {
  readonly status: string;
  readonly result: unknown;
  readonly details?: unknown;
}

/** Without what differs from run to run: times and tokens. */
function comparable(body: unknown): unknown {
  if (typeof body === 'string') return body.replace(/^ey[\w-]+\.[\w-]+\.[\w-]+$/, 'TOKEN');
  if (Array.isArray(body)) return body.map(({ time, ...rest }: { time: unknown }) => rest);
  const { token, ...rest } = body as { token?: unknown };
  return token === undefined ? rest : { ...rest, token: comparable(token) };
}

const ok = (result: unknown = null) => ({ status: 'OK', result, type: null });
const error = (kind: string, result: string, details?: object) => ({
  status: 'ERR',
  kind,
  result,
  type: null,
  ...(details === undefined ? {} : { details }),
});
const missing = (kind: string, name: string) =>
  error('NotFound', `The ${kind.toLowerCase()} '${name}' does not exist`, { kind, details: { name } });
const exists = (id: string) =>
  error('AlreadyExists', `Database record \`${id}\` already exists`, { kind: 'Record', details: { id } });
const notExecuted = error('Query', 'The query was not executed due to a failed transaction', { kind: 'NotExecuted' });
const cancelled = error('Query', 'The query was not executed due to a cancelled transaction', { kind: 'Cancelled' });
const aborted = error('Query', 'Cannot COMMIT: the transaction was aborted due to a prior error', {
  kind: 'NotExecuted',
});

const statements = (...body: unknown[]): Answer => ({ status: 200, body });
const text = (status: number, body = ''): Answer => ({ status, body });
const badRequest = (information: string): Answer => ({
  status: 400,
  body: {
    code: 400,
    details: 'Request problems detected',
    description: 'There is a problem with your request. Refer to the documentation for further information.',
    information,
  },
});
const notFound = (description: string, information: string): Answer => ({
  status: 404,
  body: { code: 404, details: 'Not found', description, information },
});
const ANONYMOUS: Answer = {
  status: 403,
  body: {
    code: 403,
    details: 'Forbidden',
    description: 'Not allowed to do this.',
    information: 'Anonymous access not allowed: Not enough permissions to perform this action',
  },
};
const BAD_CREDENTIALS: Answer = {
  status: 401,
  body: {
    code: 401,
    details: 'Authentication failed',
    description: 'Your authentication details are invalid. Reauthenticate using valid authentication parameters.',
    information: 'There was a problem with authentication',
  },
};
const SIGNED_IN: Answer = { status: 200, body: { code: 200, details: 'Authentication succeeded', token: 'TOKEN' } };
const PARSE_ERROR = badRequest(
  'Parse error: Unexpected token `a number`, expected Eof\n --> [1:7]\n  |\n1 | SELEC 1\n  |       ^\n',
);
const NOT_A_VALUE =
  'Invalid /key request body: expected a single SurrealQL value (literal, object, array, or $param), not a statement or function call';
const NOT_ALLOWED = error('NotAllowed', 'IAM error: Not enough permissions to perform this action', {
  kind: 'Auth',
  details: {
    kind: 'NotAllowed',
    details: {
      action: 'Edit',
      actor: '/ns:shop/db:main/id:account:ann/Actor::account:ann()',
      resource: '/ns:shop/db:main/Table:""',
    },
  },
});
const TOO_LARGE = text(413, 'length limit exceeded');
const BAD_TOKEN = text(401, 'There was a problem with authentication');
const UNSUPPORTED_MEDIA_TYPE: Answer = {
  status: 415,
  body: {
    code: 415,
    details: 'Unsupported media type',
    description:
      'The request needs to adhere to certain constraints. Refer to the documentation for supported content types.',
  },
};
const NO_ROUTE = (path: string) =>
  notFound('The request was made to an endpoint which does not exist.', `The HTTP route '${path}' is not found`);
const SAYS_NOTHING = { server33: { why: 'the server says nothing', answer: text(404) } };
const DATABASES = Array.from({ length: 20 }, (_, index) => `d${index}`);
const ELSEWHERE = ['other', 'other'];
const ACCOUNT = { ns: 'shop', db: 'main', ac: 'account' };
const DAY = '2024-01-01T00:00:00Z';
const one = (record: object): Answer => statements(ok([record]));
const basic = (user: string, pass: string) => `Basic ${Buffer.from(`${user}:${pass}`).toString('base64')}`;

const VALUES = `{
  none: NONE, null: NULL, int: 42, most: 9223372036854775807, least: -9223372036854775808,
  half: 0.5, infinite: 1f / 0f, decimal: 1.10dec, wide: 12345678901234567890.123456789dec,
  duration: 1y2w3d4h5m6s7ms8us9ns, instant: 0ns, string: 'a "b" \\\\ é 😀 \\n', bytes: <bytes>'abc', set: <set>[3, 1, 1],
  d0: d'2024-01-01T00:00:00Z', d3: d'2024-01-01T00:00:00.1Z', d6: d'2024-01-01T00:00:00.123456Z',
  d9: d'1969-12-31T23:59:59.999999999Z', uuid: u'018f0a3e-8c1a-7b1a-9b1a-0123456789ab',
  point: (1.5, 2.5), line: { type: 'LineString', coordinates: [[1.5, 2.5], [3.5, 4.5]] },
  collection: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1.5, 2.5] }] },
  table: type::table('my table'), range: 1>..=5, records: foo:1..5, open: .., '1': 1, nested: { a: [{ b: NONE }] },
  r1: foo:1, r2: foo:bar, r3: foo:⟨a-b⟩, r4: foo:⟨42⟩, r5: ⟨my table⟩:⟨⟩, r6: foo:u'018f0a3e-8c1a-7b1a-9b1a-0123456789ab',
  r7: foo:['a', 1, 1.5, NONE, NULL, true, 1h, 1dec, d'2024-01-01T00:00:00Z', bar:1, "it's"], r8: foo:{ b: {}, 'k-1': [] }
}`;
const VALUES_AS_JSON = {
  none: null,
  null: null,
  int: 42,
  // JSON.parse rounds these; the next test looks at the text.
  most: Number('9223372036854775807'),
  least: Number('-9223372036854775808'),
  half: 0.5,
  infinite: null,
  decimal: '1.1',
  wide: '12345678901234567890.123456789',
  duration: '1y2w3d4h5m6s7ms8µs9ns',
  instant: '0ns',
  string: 'a "b" \\ é 😀 \n',
  bytes: [97, 98, 99],
  set: [1, 3],
  d0: '2024-01-01T00:00:00Z',
  d3: '2024-01-01T00:00:00.100Z',
  d6: '2024-01-01T00:00:00.123456Z',
  d9: '1969-12-31T23:59:59.999999999Z',
  uuid: '018f0a3e-8c1a-7b1a-9b1a-0123456789ab',
  point: { type: 'Point', coordinates: [1.5, 2.5] },
  line: {
    type: 'LineString',
    coordinates: [
      [1.5, 2.5],
      [3.5, 4.5],
    ],
  },
  collection: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1.5, 2.5] }] },
  table: 'my table',
  range: '1>..=5',
  records: 'foo:1..5',
  open: '..',
  '1': 1,
  nested: { a: [{ b: null }] },
  r1: 'foo:1',
  r2: 'foo:bar',
  r3: 'foo:`a-b`',
  r4: 'foo:`42`',
  r5: '`my table`:``',
  r6: "foo:u'018f0a3e-8c1a-7b1a-9b1a-0123456789ab'",
  r7: "foo:['a', 1, 1.5f, NONE, NULL, true, 1h, 1dec, d'2024-01-01T00:00:00Z', bar:1, \"it's\"]",
  r8: 'foo:{ b: {  }, "k-1": [] }',
};

const POST = 'POST';
const GET = 'GET';
const PUT = 'PUT';
const PATCH = 'PATCH';
const DELETE = 'DELETE';

const query = (title: string, body: string, answer: Answer, more: Partial<Step> = {}): Step => ({
  title,
  body,
  answer,
  ...more,
});
const rest = (
  method: string,
  path: string,
  body: string | undefined,
  answer: Answer,
  more: Partial<Step> = {},
): Step => ({
  title: `${method} ${path} ${body?.slice(0, 80) ?? ''}`,
  method,
  path,
  ...(body === undefined ? {} : { body }),
  answer,
  ...more,
});
const sign = (direction: 'in' | 'up', body: object | string, answer: Answer, more: Partial<Step> = {}): Step => ({
  title: `sign ${direction}: ${JSON.stringify(body)}`,
  path: `/sign${direction}`,
  as: 'anonymous',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  answer,
  ...more,
});
const probe = (method: string, path: string, answer: Answer, more: Partial<Step> = {}): Step =>
  rest(method, path, undefined, answer, { as: 'anonymous', ...more });

/** Asked in this order of the embedded engine, and of a real server if there is one. */
const STEPS: readonly Step[] = [
  query(
    'namespace and database in the headers are not defined by asking',
    'RETURN [session::ns(), session::db()]; CREATE person:1; UPDATE person',
    statements(ok(PLACE), missing('Namespace', 'shop'), missing('Namespace', 'shop')),
  ),
  query(
    'read if nothing is defined',
    'SELECT * FROM person',
    statements(
      error('Internal', "There was a problem with the key-value store: Couldn't write to a read only transaction"),
    ),
    {
      server33: {
        why: 'engine 3.0 tries to define the database, and says that it could not',
        answer: statements(missing('Namespace', 'shop')),
      },
    },
  ),
  query('definitions define', 'DEFINE NAMESPACE shop; DEFINE DATABASE main', statements(ok(), ok())),
  query('another place', 'DEFINE NAMESPACE other; DEFINE DATABASE other', statements(ok(), ok()), { place: ELSEWHERE }),
  query(
    'without namespace',
    'RETURN session::ns(); SELECT * FROM person',
    statements(ok(), error('Validation', 'Specify a namespace to use', { kind: 'NamespaceEmpty' })),
    { place: [] },
  ),
  query(
    'without database',
    'SELECT * FROM person',
    statements(error('Validation', 'Specify a database to use', { kind: 'DatabaseEmpty' })),
    { place: ['shop'] },
  ),
  query(
    'create',
    "CREATE person:1 SET name = 'Ann'; CREATE person:two CONTENT { name: 'Bob' } RETURN NONE",
    statements(ok([{ id: 'person:1', name: 'Ann' }]), ok([])),
  ),
  query('duplicate create', 'CREATE person:1', statements(exists('person:1'))),
  query('unknown table', 'SELECT * FROM nothing', statements(missing('Table', 'nothing'))),
  query('empty query', '', statements()),
  query('parse error', 'SELEC 1', PARSE_ERROR),
  query('throw', "THROW 'no'; RETURN 1", statements(error('Thrown', 'An error occurred: no'), ok(1))),
  query('transaction', 'BEGIN; CREATE tx:1; COMMIT; RETURN 1', statements(ok(), ok([{ id: 'tx:1' }]), ok(), ok(1))),
  query(
    'transaction with a statement that fails',
    'BEGIN; CREATE tx:2; CREATE tx:1; CREATE tx:3; COMMIT; SELECT VALUE id FROM tx',
    statements(ok(), notExecuted, exists('tx:1'), cancelled, ok(['tx:1'])),
    {
      server33: {
        why: 'engine 3.0 has no entry for the COMMIT of a transaction that failed before',
        answer: statements(ok(), notExecuted, exists('tx:1'), cancelled, aborted, ok(['tx:1'])),
      },
    },
  ),
  query('cancelled transaction', 'BEGIN; CREATE tx:4; CANCEL', statements(ok(), cancelled, ok())),
  query('parameters are strings', 'RETURN [$n, $text]', statements(ok(['2', 'a "b"'])), {
    path: '/sql?n=1&text=a%20%22b%22&n=2',
  }),
  query('values', `RETURN ${VALUES}`, statements(ok(VALUES_AS_JSON))),
  query(
    'a request sets variables and place',
    'LET $x = 1; USE NS other DB other; RETURN $x',
    statements(ok(), ok({ namespace: 'other', database: 'other' }), ok(1)),
  ),
  query('for itself alone', 'RETURN [$x, session::ns()]', statements(ok([null, 'shop']))),
  query(
    'a schema is enforced',
    `DEFINE TABLE item SCHEMAFULL; DEFINE FIELD n ON item TYPE int; DEFINE INDEX n ON item FIELDS n UNIQUE;
     CREATE item:1 SET n = 1; CREATE item:2 SET n = 1; CREATE item:3 SET n = 'x'`,
    statements(
      ok(),
      ok(),
      ok(),
      ok([{ id: 'item:1', n: 1 }]),
      error('Internal', 'Database index `n` already contains 1, with record `item:1`'),
      error('Internal', "Couldn't coerce value for field `n` of `item:3`: Expected `int` but found `'x'`"),
    ),
  ),
  query('too large a query', ' '.repeat((1 << 20) + 1), TOO_LARGE),
  query('media type that is not served', 'RETURN 1', UNSUPPORTED_MEDIA_TYPE, { accept: 'text/plain' }),

  rest(POST, '/key/pet/1', '{"name":"Rex","at":"2024-01-01T00:00:00Z"}', one({ at: DAY, id: 'pet:1', name: 'Rex' })),
  rest(POST, '/key/pet/1', '{}', statements(exists('pet:1'))),
  rest(POST, '/key/pet/two', '{"name":"Tom"}', one({ id: 'pet:two', name: 'Tom' })),
  rest(POST, '/key/pet/%223%22', '{"name":"Kim"}', one({ id: 'pet:`3`', name: 'Kim' })),
  rest(POST, '/key/pet', '{"id":"four"}', one({ id: 'pet:four' })),
  rest(POST, '/key/pet/5?n=7', `{ at: d'${DAY}', n: $n }`, one({ at: DAY, id: 'pet:5', n: 7 })),
  rest(PUT, '/key/pet/1', '{"age":3}', one({ age: 3, id: 'pet:1' })),
  rest(PUT, '/key/pet/6', '{"age":1}', one({ age: 1, id: 'pet:6' })),
  rest(PATCH, '/key/pet/1', '{"name":"Rex"}', one({ age: 3, id: 'pet:1', name: 'Rex' })),
  rest(GET, '/key/pet/1', undefined, one({ age: 3, id: 'pet:1', name: 'Rex' })),
  rest(GET, '/key/pet/1?fields=age', undefined, one({ age: 3 })),
  rest(GET, '/key/pet/99', undefined, statements(ok([]))),
  rest(
    GET,
    '/key/pet?limit=2&start=1',
    undefined,
    statements(
      ok([
        { at: DAY, id: 'pet:5', n: 7 },
        { age: 1, id: 'pet:6' },
      ]),
    ),
  ),
  rest(
    GET,
    '/key/pet?limit=x',
    undefined,
    text(400, 'Failed to deserialize query string: limit: invalid digit found in string'),
  ),
  rest(GET, '/key/nothing', undefined, statements(missing('Table', 'nothing'))),
  rest(DELETE, '/key/pet/6', undefined, one({ age: 1, id: 'pet:6' })),
  rest(DELETE, '/key/pet/6', undefined, statements(ok([]))),
  rest(PUT, '/key/item', '{"n":2}', one({ id: 'item:1', n: 2 })),
  rest(PATCH, '/key/item', '{"n":3}', one({ id: 'item:1', n: 3 })),
  rest(DELETE, '/key/item', undefined, one({ id: 'item:1', n: 3 })),
  rest(POST, '/key/pet/7', '{}; DELETE pet', badRequest(NOT_A_VALUE)),
  rest(POST, '/key/pet/7', undefined, badRequest(NOT_A_VALUE)),
  rest(
    POST,
    '/key/pet/7',
    '5',
    statements(
      error('Validation', 'Cannot use 5 in a CONTENT clause', { kind: 'InvalidContent', details: { value: '5' } }),
    ),
  ),
  rest(
    POST,
    '/key/pet/7',
    '[$',
    badRequest(
      'Parse error: Unexpected token `$`, expected an expression\n --> [1:43]\n  |\n1 | CREATE type::record($table, $id) CONTENT [$\n  |                                           ^\n',
    ),
    {
      server33: {
        why: 'the server parses the body by itself',
        answer: badRequest(
          'Parse error: Unexpected token `$`, expected an expression\n --> [1:2]\n  |\n1 | [$\n  |  ^\n',
        ),
      },
    },
  ),
  rest(POST, '/key/dash/a-b', '{}', one({ id: 'dash:`a-b`' }), {
    server33: { why: 'SurrealDB 3.3.5 loses what is before the dash', answer: one({ id: 'dash:b' }) },
  }),
  rest(GET, '/key/pet', undefined, badRequest('Specify a namespace to use'), { place: [] }),
  rest(GET, '/key/pet', undefined, badRequest('Specify a database to use'), { place: ['shop'] }),
  rest(POST, '/key/pet/8', JSON.stringify({ text: 'x'.repeat(16 << 10) }), TOO_LARGE),

  sign('in', { user: 'root', pass: PASS }, SIGNED_IN),
  sign('in', { user: 'root', pass: PASS }, text(200, 'TOKEN'), { accept: 'text/plain' }),
  sign('in', { user: 'root', pass: 'wrong' }, BAD_CREDENTIALS),
  sign('in', { user: 'root' }, BAD_CREDENTIALS),
  sign('in', '5', badRequest('The request body contains invalid data')),
  query(
    'record access is defined',
    `DEFINE TABLE account PERMISSIONS FOR select WHERE id = $auth.id;
     DEFINE TABLE note PERMISSIONS FOR select, create WHERE owner = $auth.id FOR update, delete NONE;
     DEFINE ACCESS account ON DATABASE TYPE RECORD
       SIGNUP (CREATE type::record('account', $name) SET pass = crypto::argon2::generate($pass))
       SIGNIN (SELECT * FROM account WHERE id = type::record('account', $name) AND crypto::argon2::compare(pass, $pass));
     DEFINE USER editor ON DATABASE PASSWORD 'keeps' ROLES EDITOR`,
    statements(ok(), ok(), ok(), ok()),
  ),
  sign('up', { ...ACCOUNT, name: 'ann', pass: 'a' }, SIGNED_IN, { keep: 'ann' }),
  sign('up', { ...ACCOUNT, name: 'ann', pass: 'b' }, badRequest('The record access signup query failed')),
  sign('up', { ...ACCOUNT, name: 'bob', pass: 'b' }, SIGNED_IN, { keep: 'bob' }),
  sign('up', { user: 'x', pass: 'x' }, BAD_CREDENTIALS),
  sign('in', { ...ACCOUNT, name: 'ann', pass: 'a' }, SIGNED_IN, { keep: 'ann' }),
  sign('in', { ...ACCOUNT, name: 'ann', pass: 'x' }, badRequest('No record was returned'), {
    server33: {
      why: 'since 3.1 this is typed NotFound',
      answer: notFound('The requested resource was not found.', 'No record was returned'),
    },
  }),
  sign('in', { ...ACCOUNT, ac: 'no', name: 'ann' }, badRequest('The access method does not exist')),
  query(
    'a record user creates its own',
    "CREATE note:1 SET owner = $auth.id, text = 'mine'; CREATE note:2 SET owner = account:bob; RETURN $auth",
    statements(ok([{ id: 'note:1', owner: 'account:ann', text: 'mine' }]), ok([]), ok('account:ann')),
    { as: 'ann' },
  ),
  query(
    'another one does not see it',
    'SELECT * FROM note; SELECT VALUE id FROM account',
    statements(ok([]), ok(['account:bob'])),
    { as: 'bob' },
  ),
  query(
    'what permissions forbid does nothing',
    'UPDATE note:1 SET text = 1; DELETE note:1; SELECT VALUE text FROM note',
    statements(ok([]), ok([]), ok(['mine'])),
    { as: 'ann' },
  ),
  rest(DELETE, '/key/note/1', undefined, statements(ok([])), { as: 'ann' }),
  query('a record user defines nothing', 'DEFINE TABLE mine', statements(NOT_ALLOWED), { as: 'ann' }),
  query('a token goes before headers', 'RETURN [session::ns(), session::db()]', statements(ok(PLACE)), {
    as: 'ann',
    place: ELSEWHERE,
  }),
  query('a token needs no headers', 'SELECT VALUE id FROM note', statements(ok(['note:1'])), { as: 'ann', place: [] }),
  sign('in', { ns: 'shop', db: 'main', user: 'editor', pass: 'keeps' }, SIGNED_IN, { keep: 'editor' }),
  query('a database user', 'RETURN session::ns(); SELECT VALUE id FROM note', statements(ok('shop'), ok(['note:1'])), {
    as: 'editor',
    place: ELSEWHERE,
  }),

  query('password in each request', 'RETURN 1', statements(ok(1)), { as: basic('root', PASS) }),
  query('wrong password', 'RETURN 1', BAD_TOKEN, {
    as: basic('root', 'wrong'),
    server33: { why: 'since 3.1 it tells that the user exists', answer: text(401, 'The password did not verify') },
  }),
  query('unknown user', 'RETURN 1', BAD_TOKEN, { as: basic('nobody', 'x') }),
  query('bad token', 'RETURN 1', BAD_TOKEN, { as: 'Bearer a.b.c' }),
  probe(GET, '/health', BAD_TOKEN, { as: 'Bearer a.b.c' }),
  query('anonymous query', 'RETURN 1', ANONYMOUS, { as: 'anonymous' }),
  query('anonymous query that does not parse', 'SELEC 1', ANONYMOUS, {
    as: 'anonymous',
    server33: { why: 'the server parses before it looks who asks', answer: PARSE_ERROR },
  }),
  query('unknown scheme', 'RETURN 1', ANONYMOUS, { as: 'Digest abc' }),
  probe(GET, '/key/person/1', ANONYMOUS),
  probe(DELETE, '/key/person', ANONYMOUS),

  probe(GET, '/health', text(200)),
  probe(GET, '/ready', text(200)),
  probe(GET, '/status', text(200)),
  probe(DELETE, '/sql', text(405)),
  probe(GET, '/nothing', NO_ROUTE('/nothing'), SAYS_NOTHING),
  probe(GET, '/key/a/b/c', NO_ROUTE('/key/a/b/c'), SAYS_NOTHING),
];

async function assertSteps(url: string, expected: (step: Step) => Answer): Promise<void> {
  const client = new Client(url);
  for (const step of STEPS) assert.deepEqual(await client.send(step), expected(step), step.title);
}

/** Two transactions that read and write one record at the same time: what each of them answers, the loser last. */
async function conflict(url: string, query: string): Promise<Entry[][]> {
  const client = new Client(url);
  await client.sql(
    'DEFINE NAMESPACE IF NOT EXISTS shop; DEFINE DATABASE IF NOT EXISTS main; UPSERT counter:1 SET n = 0',
  );
  const answers = await Promise.all([client.sql(query), client.sql(query)]);
  return answers.sort((a, b) => failures(a) - failures(b));
}

const failures = (entries: Entry[]): number => entries.filter(({ status }) => status === 'ERR').length;

const CONFLICT_TEXT = 'Transaction conflict: Write conflict, retry the transaction. This transaction can be retried';
const conflictAs = (message: string) => error('Query', `${message}: ${CONFLICT_TEXT}`, { kind: 'TransactionConflict' });
const TRANSACTION =
  'BEGIN; LET $n = counter:1.n; SLEEP 200ms; UPDATE counter:1 SET n = $n + 1 RETURN NONE; COMMIT; RETURN 1';
const STATEMENT = 'UPDATE counter:1 SET n += IF sleep(200ms) { 1 } ELSE { 1 } RETURN NONE';

async function assertConflicts(url: string): Promise<void> {
  assert.deepEqual(await conflict(url, TRANSACTION), [
    [ok(), ok(), ok(), ok([]), ok(), ok(1)],
    [ok(), notExecuted, notExecuted, notExecuted, conflictAs('Cannot COMMIT'), ok(1)],
  ]);
  assert.deepEqual(await conflict(url, STATEMENT), [
    [ok([])],
    [conflictAs('There was a problem with the key-value store')],
  ]);
}

const noRealServer = 'SKIPPED: no surreal on PATH: embedded answers were not compared with a real server';

describe('embedded engine', () => {
  let running: Running;
  before(async () => {
    running = await embedded({ EMBEDDED_PORTS: '0,0,0' });
  });
  after(() => stop(running));
  const url = () => running.nodes[0] ?? '';

  test('tells once that it is ready, and where', async () => {
    assert.equal(running.output().stdout.split('\n').length, 2);
    assert.equal(new Set(running.nodes).size, 3);
    for (const node of running.nodes) assert.match(node, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(running.version, 'surrealdb-3.0.2');
    assert.equal(await (await fetch(`${url()}/version`)).text(), running.version);
  });

  test('answers as SurrealDB does', () => assertSteps(url(), (step) => step.answer));

  test('types transaction conflicts as SurrealDB 3.3 does', () => assertConflicts(url()));

  test('writes integers beyond 2^53 exactly', async () => {
    const response = await fetch(`${url()}/sql`, {
      method: 'POST',
      headers: { authorization: basic('root', PASS) },
      body: 'RETURN [9223372036854775807, -9223372036854775808]',
    });
    assert.match(await response.text(), /"result":\[9223372036854775807,-9223372036854775808\]/);
  });

  test('writes record ids that read back as the same record', async () => {
    const client = new Client(url());
    const property = fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (key) => {
      const path = (query: Record<string, string>) => `/sql?${new URLSearchParams(query)}`;
      const [made] = await client.sql("RETURN type::record('any', $key)", { path: path({ key }) });
      const same = path({ key, written: String(made?.result) });
      const [read] = await client.sql("RETURN type::record($written) = type::record('any', $key)", { path: same });
      assert.equal(read?.result, true);
    });
    await fc.assert(property, { numRuns: 50 });
  });

  test('serves one engine behind all its ports', async () => {
    const [first = '', second = ''] = running.nodes;
    await new Client(first).sql('CREATE across:1', { place: ['main', 'main'] });
    assert.deepEqual(await new Client(second).sql('SELECT * FROM across', { place: ['main', 'main'] }), [
      ok([{ id: 'across:1' }]),
    ]);
  });

  test('says that it has no GraphQL and what to do', async () => {
    const { status, body } = await new Client(url()).send({ path: '/graphql', body: '{"query":"{ person { id } }"}' });
    assert.equal(status, 501);
    assert.match(JSON.stringify(body), /has no GraphQL.*SurrealDB server/);
  });

  test('a message by RPC that is not JSON ends its connection, not the engine', async () => {
    const socket = new WebSocket(`${url().replace(/^http/, 'ws')}/rpc`, 'json');
    await once(socket, 'open');
    socket.send('{"id":');
    await once(socket, 'close');
    assert.equal((await fetch(`${url()}/health`)).status, 200);
  });

  test('gives metrics of its process', async () => {
    const metrics = await (await fetch(`${url()}/metrics`)).text();
    assert.match(metrics, /^surrealdb_process_memory_bytes \d{7,}$/m);
    assert.match(metrics, /^surrealdb_process_uptime_seconds \d+$/m);
  });

  test('a session outlives its duration, but not its token', async () => {
    const client = new Client(url());
    const place = ['main', 'main'];
    const access =
      'DEFINE ACCESS brief ON DATABASE TYPE RECORD SIGNUP (CREATE visitor) DURATION FOR TOKEN 3s, FOR SESSION 1s';
    await client.sql(access, { place });
    await client.send({
      path: '/signup',
      as: 'anonymous',
      body: '{"ns":"main","db":"main","ac":"brief"}',
      keep: 'visitor',
    });
    let answer: Answer;
    let answered = 0;
    do {
      answer = await client.send({ as: 'visitor', body: 'RETURN 1' });
      answered += 1;
      await pause(100);
    } while (answer.status === 200);
    assert.deepEqual(answer, text(401, 'The token has expired'));
    assert.ok(answered > 1);
  });

  test('a removed namespace stays removed, whoever asks in it', async () => {
    const client = new Client(url());
    const place = ['gone', 'gone'];
    await client.sql('DEFINE NAMESPACE gone; DEFINE DATABASE gone; CREATE thing:1; REMOVE NAMESPACE gone', { place });
    const asked = await Promise.all(
      DATABASES.map((database) => client.sql('CREATE thing:1', { place: ['gone', database] })),
    );
    assert.deepEqual(
      asked,
      DATABASES.map(() => [missing('Namespace', 'gone')]),
    );
    const [info] = await client.sql('INFO FOR ROOT');
    assert.doesNotMatch(JSON.stringify(info), /gone/);
  });

  test('a namespace that is defined while others ask in it stays defined', async () => {
    const client = new Client(url());
    await client.sql('RETURN 1');
    const asks = DATABASES.map((database) => client.sql('SELECT * FROM thing', { place: ['fresh', database] }));
    const place = ['fresh', 'main'];
    const defined = await client.sql('DEFINE NAMESPACE fresh; DEFINE DATABASE main; CREATE thing:1', { place });
    assert.deepEqual(defined, [ok(), ok(), ok([{ id: 'thing:1' }])]);
    await Promise.all(asks);
    assert.deepEqual(await client.sql('SELECT * FROM thing', { place }), [ok([{ id: 'thing:1' }])]);
  });

  test('many callers at once, each in a session of its own', async () => {
    const client = new Client(url());
    const body = JSON.stringify({ user: 'root', pass: PASS });
    const names = Array.from({ length: 20 }, (_, index) => `user${index}`);
    for (const name of names) await client.send({ path: '/signin', as: 'anonymous', body, keep: name });
    const answers = await Promise.all(
      names.map((as) => client.sql('RETURN session::ns()', { as, place: ['main', 'main'] })),
    );
    assert.deepEqual(answers, Array(20).fill([ok('main')]));
  });

  test('shows credentials neither in its output nor in the process list', () => {
    const { stdout, stderr } = running.output();
    const commandLine = `/proc/${running.child.pid}/cmdline`;
    const seen = stdout + stderr + (existsSync(commandLine) ? readFileSync(commandLine, 'utf8') : '');
    assert.equal(seen.includes(PASS), false);
    assert.equal(stderr, '');
  });
});

test('a real server gives the same answers', async (t) => {
  const program = await which('surreal', { nothrow: true });
  if (program === null) return t.skip(noRealServer);
  const server = await realServer(program);
  t.after(() => stop(server));
  const [url = ''] = server.nodes;
  await assertSteps(url, ({ answer, server33 }) => server33?.answer ?? answer);
  await assertConflicts(url);
});

for (const engine of ['surrealkv', 'rocksdb'])
  test(`keeps what it has in ${engine}, and takes the credentials of the next start`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'embedded-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const store = { EMBEDDED_STORE: `${engine}://${join(directory, 'data')}` };
    const place = ['main', 'main'];
    const first = await embedded({ ...store, SURREAL_PASS: 'another' });
    const [url = ''] = first.nodes;
    await new Client(url).sql('CREATE kept:1', { place, as: basic('root', 'another') });
    assert.equal(await stop(first), 0);
    const second = await embedded(store);
    t.after(() => stop(second));
    assert.deepEqual(await new Client(second.nodes[0] ?? '').sql('SELECT * FROM kept', { place }), [
      ok([{ id: 'kept:1' }]),
    ]);
  });

test('a port that is taken: one line and exit code 1', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.after(() => holder.close());
  const { port } = holder.address() as { port: number };
  const { output, exited } = runEmbedded({ EMBEDDED_PORTS: `0,${port}` });
  assert.equal(await exited, 1);
  assert.equal(output().stdout, '');
  assert.equal(
    output().stderr,
    `Port ${port} of 127.0.0.1 is taken. Stop the program that uses it, or name other ports in EMBEDDED_PORTS.\n`,
  );
});

test('a store that cannot be opened: one line and exit code 1', async () => {
  const { output, exited } = runEmbedded({ EMBEDDED_PORTS: '0', EMBEDDED_STORE: 'rocksdb:///dev/null/data' });
  assert.equal(await exited, 1);
  assert.match(output().stderr, /^The embedded engine could not open rocksdb:\/\/\/dev\/null\/data: .+\n$/);
});

test('settings that are wrong: what is valid and exit code 2', async () => {
  const { output, exited } = runEmbedded({ EMBEDDED_PORTS: '80000', EMBEDDED_STORE: 'tikv://x', EMBEDDED_PORT: '1' });
  assert.equal(await exited, 2);
  assert.match(output().stderr, /EMBEDDED_PORTS must be ports from 0.*\(got "80000"\)/);
  assert.match(
    output().stderr,
    /EMBEDDED_STORE must be mem:\/\/, surrealkv:\/\/DIRECTORY or rocksdb.*\(got "tikv:\/\/x"\)/,
  );
  assert.match(output().stderr, /EMBEDDED_PORT is not a setting/);
});

/** Asks for something that takes long, and comes back when the engine works on it. */
async function askAtLength(url: string, duration: string): Promise<{ answer: Promise<Entry[] | Error> }> {
  const client = new Client(url);
  const place = ['main', 'main'];
  await client.sql('DEFINE TABLE begun', { place });
  const answer = client.sql(`CREATE begun:1; SLEEP ${duration}`, { place }).catch((error: Error) => error);
  const begun = async () => (await client.sql('SELECT * FROM begun', { place }))[0]?.result;
  while (JSON.stringify(await begun()) === '[]') await pause(10);
  return { answer };
}

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal}: answers what was asked, then ends with exit code 0`, async () => {
    const running = await embedded({ EMBEDDED_PORTS: '0,0' });
    const [url = ''] = running.nodes;
    const exited = once(running.child, 'exit');
    const { answer } = await askAtLength(url, '500ms');
    running.child.kill(signal);
    assert.deepEqual(await answer, [ok([{ id: 'begun:1' }]), ok()]);
    assert.deepEqual(await exited, [0, null]);
    await assert.rejects(fetch(`${url}/status`));
    assert.throws(() => process.kill(running.child.pid ?? 0, 0), { code: 'ESRCH' });
  });

test('SIGTERM: does not wait for what takes too long', async () => {
  const running = await embedded();
  const { answer } = await askAtLength(running.nodes[0] ?? '', '1m');
  assert.equal(await stop(running), 0);
  assert.ok((await answer) instanceof Error);
});
