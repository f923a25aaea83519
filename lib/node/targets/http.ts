import { setTimeout as sleep } from 'node:timers/promises';
import { type Credentials, describeUser, signInBody, signInSettings } from '../../core/access/node-user.ts';
import { type RunDatabase, removalOf } from '../../core/access/run-place.ts';
import { fetchNode } from '../access/http-client.ts';
import { causeOf, Failure } from '../cli/errors.ts';
import { sql } from '../cluster/sql.ts';
import type { Child } from '../process/child.ts';
import { lastLines } from '../system/files.ts';

/** A start-up per node takes less than this (PR-001). */
const START_LIMIT_MS = 30_000;
const POLL_MS = 25;
/** A node that does not answer within this is unreachable. */
const ANSWER_LIMIT_MS = 5000;

/**
 * Waits until a node that we started is ready.
 * @returns milliseconds since `started`
 * @throws Failure with the last lines of its log where it ends or takes too long
 */
export async function untilReady(
  name: string,
  url: string,
  process: Pick<Child, 'running'>,
  log: string,
  started: number,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    signal.throwIfAborted();
    if (!process.running)
      throw new Failure(`${name} ended before it was ready. The end of its log:\n${await lastLines(log)}`);
    if (await answersReady(url)) return Date.now() - started;
    if (Date.now() - started > START_LIMIT_MS)
      throw new Failure(
        `${name} (${url}) was not ready within ${START_LIMIT_MS / 1000} s (PR-001). The end of its log:\n${await lastLines(log)}`,
      );
    await sleep(POLL_MS);
  }
}

/** Whether a node says that its start is complete. */
export async function answersReady(url: string): Promise<boolean> {
  return (await probe(url, '/ready', 1000))?.ok === true;
}

/** What a node answers to a GET, its body read; undefined if none comes in time. */
export async function probe(url: string, path: string, limitMs: number): Promise<Response | undefined> {
  try {
    const response = await fetchNode(url + path, { signal: AbortSignal.timeout(limitMs) });
    await response.arrayBuffer();
    return response;
  } catch {
    return undefined;
  }
}

/** @throws Failure naming the URL and the cause */
export async function versionOf(url: string): Promise<string> {
  try {
    const response = await fetchNode(`${url}/version`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    const version = (await response.text()).trim();
    if (response.ok && version.startsWith('surrealdb-')) return version;
    throw new Failure(
      isRedirect(response)
        ? redirected(url, response)
        : `${url} is not a SurrealDB server: its /version answered HTTP ${response.status} ${JSON.stringify(version.slice(0, 60))}.`,
    );
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      `${url} cannot be reached: ${causeOf(error, ANSWER_LIMIT_MS)}. Is the node up, and the URL right?`,
    );
  }
}

/**
 * @returns a token
 * @throws Failure where the node refuses the credentials, or cannot look them up
 */
export async function signIn(url: string, credentials: Credentials): Promise<string> {
  const response = await fetchNode(`${url}/signin`, {
    method: 'POST',
    headers: { Accept: 'application/json' },
    body: JSON.stringify(signInBody(credentials)),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  }).catch((error) => {
    throw new Failure(`${url} did not answer the sign-in: ${causeOf(error, ANSWER_LIMIT_MS)}.`);
  });
  if (isRedirect(response)) throw new Failure(redirected(url, response));
  const text = await response.text();
  const token = tokenIn(text);
  if (response.ok && token !== undefined) return token;
  if (response.ok)
    throw new Failure(`${url} answered the sign-in without a token: ${JSON.stringify(text.slice(0, 60))}.`);
  // SurrealDB 3.3.5 answers 401 also while its store is away. A node without /health counts as one that reads it.
  const health = await probe(url, '/health', ANSWER_LIMIT_MS);
  throw new Failure(
    health !== undefined && health.status < 500
      ? `${url} refused ${describeUser(credentials)} (HTTP ${response.status}). Set ${signInSettings(credentials)}.`
      : `${url} cannot look up ${describeUser(credentials)} (HTTP ${response.status}): its /health says that it does not reach its store. Is the store up? For a cluster of ours: npm run cluster -- heal`,
  );
}

const isRedirect = ({ status }: Response): boolean => status >= 300 && status < 400;

const redirected = (url: string, { status, headers }: Response): string =>
  `${url} redirects to ${headers.get('location') ?? 'nowhere'} (HTTP ${status}), so another server would answer for it. Use the URL of the node itself.`;

function tokenIn(text: string): string | undefined {
  try {
    const { token } = JSON.parse(text) as { token?: unknown };
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}

/** Removes what a run created, where k6 could not: it was killed, or its nodes were away. */
export async function removeOwn(url: string, credentials: Credentials, { run, place }: RunDatabase): Promise<void> {
  const { namespace, database } = place;
  const session = { url, token: await signIn(url, credentials), namespace, database };
  const { look, remove } = removalOf(credentials, run);
  const text = remove(await sql(session, look));
  if (text !== '') await sql(session, text);
}
