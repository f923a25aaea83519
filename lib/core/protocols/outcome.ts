/**
 * What became of one request or operation:
 * - `ok`: applied and acknowledged;
 * - `conflict`: refused because of a concurrent transaction, not applied, may be retried;
 * - `failed`: definitely not applied;
 * - `unknown`: may or may not have been applied, now or later (time-out, reset, 5xx, untyped error).
 */
export const OUTCOMES = ['ok', 'conflict', 'failed', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const ERROR_OUTCOMES = ['conflict', 'failed', 'unknown'] as const satisfies readonly Outcome[];

/** A classified answer: the values on `ok`, the kind of error otherwise (low cardinality: it becomes a metric tag). */
export type Answer<T> =
  | { readonly outcome: 'ok'; readonly value: T }
  | { readonly outcome: 'conflict' | 'failed' | 'unknown'; readonly kind: string; readonly message: string };

/** The same answer with another value where it is `ok`. */
export function mapAnswer<T, U>(answer: Answer<T>, change: (value: T) => U): Answer<U> {
  return answer.outcome === 'ok' ? { outcome: 'ok', value: change(answer.value) } : answer;
}

/** What a transport got for a request: of a response of k6's, the part that decides the outcome. */
export interface RawAnswer {
  /** As HTTP has it: 200 if the node answered, 401 if it rejected the token. 0 if no answer came. */
  readonly status: number;
  readonly body: string | null;
  /** 1000–1099 network, 1100–1199 DNS, 1200–1299 TCP, 1300–1399 TLS, 1600–1699 HTTP/2. */
  readonly error_code: number;
  /** k6's words on it; code 1000 stands for all that has no code of its own. */
  readonly error?: string;
}

/** One statement of a `/sql` or `/key` answer (SurrealDB 3.x). */
interface Statement {
  readonly status: 'OK' | 'ERR';
  readonly result: unknown;
  readonly kind?: string;
  readonly details?: { readonly kind?: string };
}

type Refusal = Exclude<Answer<never>, { outcome: 'ok' }>;

const refusal = (outcome: Refusal['outcome'], kind: string, message: string): Refusal => ({ outcome, kind, message });

/** k6 error codes of a connection that was never made: the request cannot have reached the server. */
const NEVER_SENT = new Set([1100, 1101, 1110, 1111, 1210, 1211, 1212, 1213, 1310, 1311]);

/**
 * Kinds of errors in which no answer came: no connection was made (`refused`), one was and broke (`reset`), nothing came in
 * time (`timeout`), and what else keeps requests from a node, such as DNS or TLS (`connection`).
 */
const NO_ANSWER = ['refused', 'reset', 'timeout', 'connection'] as const;
type NoAnswer = (typeof NO_ANSWER)[number];

/** k6 2.2.0, lib/netext/httpext/error_codes.go. */
const KIND_OF_CODE: Readonly<Record<number, NoAnswer>> = {
  1050: 'timeout',
  1201: 'reset',
  1211: 'timeout',
  1212: 'refused',
  1220: 'reset',
};
/** Go's words for a connection that the other side closed. */
const CLOSED = /\bEOF\b|server closed|closed network connection/;

/** Whether the node gave no answer at all: a client with several addresses turns to the next one. */
export const gotNoAnswer = (answer: Answer<unknown>): boolean =>
  answer.outcome !== 'ok' && NO_ANSWER.some((kind) => kind === answer.kind);

const CONFLICT = /transaction conflict|can be retried|write conflict/i;
const COMMIT_UNKNOWN = /commit outcome is unknown|may or may not have been applied/i;
/** A unique index that refuses a second record: SurrealDB 3.3.5 gives no kind of its own. */
const ALREADY_INDEXED = /^Database index `[^`]+` already contains /;

/** One statement that succeeded and returned nothing, as SurrealDB 3.x writes it. Most writes end so, and this is a fifth of the cost of parsing JSON. */
const BARE_OK_START = '[{"result":[],"status":"OK","time":"';
/** Too short for a second statement beside the first. */
const ONE_STATEMENT = 2 * `${BARE_OK_START}","type":null}]`.length;

const BARE_ANSWER: Answer<unknown[]> = { outcome: 'ok', value: [[]] };

/** Error kinds that SurrealDB gives before or instead of applying anything (SurrealDB 3.3.5, `details.kind` and `kind`). */
const NOT_APPLIED = new Set(['AlreadyExists', 'NotFound', 'NotAllowed', 'Thrown', 'Validation', 'Serialization']);

/**
 * Classifies the answer of `/sql` or `/key`, where HTTP 200 says nothing: each statement carries its own status.
 * Values are the statements' results in order. In a transaction, the statement that failed decides, not those that were
 * `NotExecuted` because of it.
 */
export function classifySql(http: RawAnswer): Answer<unknown[]> {
  if (http.status !== 200) return classifyTransport(http);
  const { body } = http;
  if (body?.startsWith(BARE_OK_START)) {
    const { length } = body;
    // Of one that begins so and broke off, no part ends with a bracket.
    if (length < ONE_STATEMENT && body[length - 1] === ']') return BARE_ANSWER;
  }
  const statements = parse<Statement[]>(body);
  if (!Array.isArray(statements)) return refusal('unknown', 'body', `not an answer of /sql: ${excerpt(body)}`);
  const values: unknown[] = [];
  let firstRefusal: Refusal | undefined;
  for (const statement of statements) {
    if (typeof statement !== 'object' || statement === null)
      return refusal('unknown', 'body', `not an answer of /sql: ${excerpt(body)}`);
    if (statement.status === 'OK') {
      values.push(statement.result);
      continue;
    }
    const refused = classifyStatement(statement);
    if (refused.outcome === 'unknown') return refused;
    if (firstRefusal === undefined || firstRefusal.kind === 'NotExecuted') firstRefusal = refused;
  }
  return firstRefusal ?? { outcome: 'ok', value: values };
}

/** Classifies the answer of `/graphql`: errors arrive as `errors` beside HTTP 200 and carry text only. */
export function classifyGraphql(http: RawAnswer): Answer<Record<string, unknown>> {
  const answer = parse<{ data?: Record<string, unknown> | null; errors?: { message?: string }[] }>(http.body);
  const message = answer?.errors?.[0]?.message;
  if (message !== undefined) return classifyGraphqlError(message);
  if (http.status !== 200) return classifyTransport(http);
  if (!answer?.data) return refusal('unknown', 'body', `not an answer of /graphql: ${excerpt(http.body)}`);
  return { outcome: 'ok', value: answer.data };
}

function classifyStatement({ kind, details, result }: Statement): Refusal {
  const message = typeof result === 'string' ? result : JSON.stringify(result);
  const detail = details?.kind;
  if (COMMIT_UNKNOWN.test(message)) return refusal('unknown', 'CommitUnknown', message);
  if (detail === 'TransactionConflict' || CONFLICT.test(message))
    return refusal('conflict', 'TransactionConflict', message);
  if (detail === 'NotExecuted' || detail === 'Cancelled') return refusal('failed', 'NotExecuted', message);
  if (ALREADY_INDEXED.test(message)) return refusal('failed', 'AlreadyExists', message);
  if (kind !== undefined && NOT_APPLIED.has(kind)) return refusal('failed', kind, message);
  return refusal('unknown', detail ?? kind ?? 'untyped', message);
}

function classifyGraphqlError(message: string): Refusal {
  if (COMMIT_UNKNOWN.test(message)) return refusal('unknown', 'CommitUnknown', message);
  if (CONFLICT.test(message)) return refusal('conflict', 'TransactionConflict', message);
  if (/already exists/i.test(message)) return refusal('failed', 'AlreadyExists', message);
  if (/Anonymous access not allowed/.test(message)) return refusal('failed', 'auth', message);
  if (!/Internal Error/i.test(message)) return refusal('failed', 'GraphQL', message);
  return refusal('unknown', 'untyped', message);
}

/** An HTTP status other than 200, or none. 4xx were refused before execution; 5xx and lost answers may have been applied. */
function classifyTransport({ status, body, error_code: errorCode, error = '' }: RawAnswer): Refusal {
  if (status === 0) {
    const kind = KIND_OF_CODE[errorCode] ?? (CLOSED.test(error) ? 'reset' : 'connection');
    const message = `no answer: ${error} (k6 error code ${errorCode})`;
    return refusal(NEVER_SENT.has(errorCode) ? 'failed' : 'unknown', kind, message);
  }
  if (status >= 300 && status < 400)
    return refusal('unknown', 'redirect', `HTTP ${status}: a redirect to another server`);
  if (status === 401 || status === 403) return refusal('failed', 'auth', `HTTP ${status}: ${excerpt(body)}`);
  if (status >= 400 && status < 500) return refusal('failed', `http${status}`, `HTTP ${status}: ${excerpt(body)}`);
  return refusal('unknown', `http${status}`, `HTTP ${status}: ${excerpt(body)}`);
}

/** A body that is JSON, or undefined. */
export function parse<T>(body: string | null): T | undefined {
  if (body === null) return undefined;
  try {
    return JSON.parse(body) as T;
  } catch {
    return undefined;
  }
}

const excerpt = (body: string | null): string => (body ?? '').slice(0, 200);
