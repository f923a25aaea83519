import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '../../core/access/node-user.ts';
import { type Namespace, placeOf, probeTable } from '../../core/access/run-place.ts';
import { fetchNode } from '../access/http-client.ts';
import { causeOf, Failure } from '../cli/errors.ts';
import { signIn } from '../targets/http.ts';
import type { Target } from '../targets/target.ts';

/** The resolution of the figures. */
const PROBE_MS = 50;
/** A probe that hangs is not waited for: the next ones are sent meanwhile. */
const ANSWER_LIMIT_MS = 2000;
/** A root token lives for an hour. */
const TOKEN_USE_MS = 30 * 60_000;
const DATABASE = 'faults';
const TABLE = 'probe';

interface Sighted {
  readonly url: string;
  readonly seen: Promise<number>;
}

/**
 * Looks when all nodes answer the same: writes a fresh value by whichever node takes it, and reads it on each. In a new
 * database, or in a new table of a database that is given; both are removed with what the run created.
 */
export class ConvergenceProbe {
  readonly #urls: readonly string[];
  readonly #credentials: Credentials;
  readonly #place: Namespace;
  readonly #table: string;
  #token = '';
  #signedIn = 0;
  #round = 0;

  constructor({ nodes, credentials }: Pick<Target, 'nodes' | 'credentials'>, run: string) {
    this.#urls = nodes.map(({ url }) => url);
    this.#credentials = credentials;
    this.#place = placeOf(credentials, run, DATABASE);
    this.#table = credentials.database === undefined ? TABLE : probeTable(run);
  }

  /** Makes its table, while all is well. @throws Failure */
  async prepare(): Promise<void> {
    const [first = ''] = this.#urls;
    await this.#signIn(first);
    const { database } = this.#place;
    const create = `DEFINE DATABASE IF NOT EXISTS ${database}; USE DB ${database};`;
    const text = `${this.#credentials.database === undefined ? create : ''} DEFINE TABLE IF NOT EXISTS ${this.#table};`;
    for (let attempt = 1; ; attempt++) {
      const problem = await this.#sql(first, text, this.#credentials.database ?? '').then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (problem === undefined) return;
      if (attempt === 20) throw new Failure(`The table of the convergence probe could not be made: ${problem}`);
      await sleep(PROBE_MS);
    }
  }

  /**
   * Waits until every node has answered the same read with the same value, one that is written now.
   * @returns when the last of them did, milliseconds since 1970
   * @throws the signal's reason
   */
  async converged(signal: AbortSignal): Promise<number> {
    // A record for each round: those of several faults may go on at the same time.
    const round = ++this.#round;
    if (Date.now() - this.#signedIn > TOKEN_USE_MS) await this.#soon(signal, this.#urls, (url) => this.#signIn(url));
    await this.#soon(signal, this.#urls, (url) =>
      this.#sql(url, `UPSERT ${this.#table}:${round} SET at = ${round} RETURN NONE;`),
    );
    const seen = this.#urls.map(
      (url): Sighted => ({ url, seen: this.#soon(signal, [url], (it) => this.#read(it, round)) }),
    );
    return Math.max(...(await Promise.all(seen.map((it) => it.seen))));
  }

  async #read(url: string, round: number): Promise<void> {
    const [answer] = await this.#sql(url, `SELECT VALUE at FROM ONLY ${this.#table}:${round};`);
    if (answer?.result !== round) throw new Failure(`${url} answers ${String(answer?.result)}, not ${round}`);
  }

  async #signIn(url: string): Promise<void> {
    this.#token = await signIn(url, this.#credentials);
    this.#signedIn = Date.now();
  }

  /** Tries again and again, in turns over the nodes, until it has worked once. @returns when that was */
  async #soon(
    signal: AbortSignal,
    urls: readonly string[],
    attempt: (url: string) => Promise<unknown>,
  ): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      let turn = 0;
      const timer = setInterval(() => {
        const url = urls[turn++ % urls.length] ?? '';
        attempt(url).then(
          () => end(() => resolve(Date.now())),
          () => {},
        );
      }, PROBE_MS);
      const abort = () => end(() => reject(signal.reason));
      const end = (settle: () => void) => {
        clearInterval(timer);
        signal.removeEventListener('abort', abort);
        settle();
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  async #sql(
    url: string,
    text: string,
    database = this.#place.database,
  ): Promise<{ status: string; result: unknown }[]> {
    const response = await fetchNode(`${url}/sql`, {
      method: 'POST',
      headers: {
        Accept: 'application/json',
        Authorization: `Bearer ${this.#token}`,
        'surreal-ns': this.#place.namespace,
        ...(database === '' ? {} : { 'surreal-db': database }),
      },
      body: text,
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    }).catch((error) => {
      throw new Failure(`${url} did not answer: ${causeOf(error, ANSWER_LIMIT_MS)}`);
    });
    const answers = (await response.json()) as { status: string; result: unknown }[];
    const failed = Array.isArray(answers) ? answers.find(({ status }) => status !== 'OK') : undefined;
    if (!response.ok || failed !== undefined)
      throw new Failure(
        `${url} answered HTTP ${response.status}: ${String(failed?.result ?? JSON.stringify(answers))}`,
      );
    return answers;
  }
}
