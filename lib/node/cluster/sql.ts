import * as v from 'valibot';
import { fetchNode } from '../access/http-client.ts';
import { causeOf, Failure } from '../cli/errors.ts';

/** A store without a quorum holds a request for up to 100 s; a demonstration need not wait for that. */
const ANSWER_LIMIT_MS = 10_000;

const ANSWERS = v.array(v.object({ status: v.string(), result: v.unknown() }));

/** One node and what it takes to ask it. */
export interface Session {
  readonly url: string;
  readonly token: string;
  readonly namespace?: string;
  readonly database?: string;
}

/**
 * Runs statements on a node.
 * @returns the result of the last one
 * @throws Failure naming the node and what it answered, also where only one statement failed
 */
export async function sql({ url, token, namespace, database }: Session, text: string): Promise<unknown> {
  const response = await fetchNode(`${url}/sql`, {
    method: 'POST',
    headers: {
      Accept: 'application/json',
      Authorization: `Bearer ${token}`,
      ...(namespace === undefined ? {} : { 'surreal-ns': namespace }),
      ...(database === undefined ? {} : { 'surreal-db': database }),
    },
    body: text,
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  }).catch((error) => {
    throw new Failure(`${url} did not answer: ${causeOf(error, ANSWER_LIMIT_MS)}`);
  });
  const body = await response.text();
  if (!response.ok) throw new Failure(`${url} answered HTTP ${response.status}: ${body.trim().slice(0, 200)}`);
  const answers = v.parse(ANSWERS, JSON.parse(body));
  const failed = answers.find(({ status }) => status !== 'OK');
  if (failed !== undefined) throw new Failure(`${url} refused a statement: ${String(failed.result)}`);
  return answers.at(-1)?.result;
}
