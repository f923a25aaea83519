import { Surreal } from 'surrealdb';
import type { Credentials } from '../access/credentials.ts';
import { fetchNode } from '../access/http-client.ts';
import { causeOf, Failure } from '../cli/errors.ts';

/** Where definitions go. */
export interface Place {
  readonly namespace: string;
  readonly database: string;
}

const ANSWER_LIMIT_MS = 10_000;

/**
 * Does work on a node as root, and closes the connection.
 * @throws Failure where the node does not answer or refuses the user
 */
export async function withNode<T>(
  url: string,
  { user, pass }: Credentials,
  work: (db: Surreal) => Promise<T>,
): Promise<T> {
  const fetchImpl: typeof fetch = (input, init) =>
    fetchNode(input, { ...init, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  const db = new Surreal({ fetchImpl });
  try {
    await db.connect(url).catch((error) => {
      throw new Failure(
        `${url} cannot be reached: ${causeOf(error, ANSWER_LIMIT_MS)}. Is the node up, and the URL right?`,
      );
    });
    await db.signin({ username: user, password: pass }).catch((error: Error) => {
      throw new Failure(
        `${url} refused user "${user}": ${error.message} Set SURREAL_USER and SURREAL_PASS to a root user of it.`,
      );
    });
    return await work(db);
  } finally {
    await db.close();
  }
}
