import { type Answer, classifySql } from '../../core/protocols/outcome.ts';
import type { Notification } from '../../core/protocols/rpc-messages.ts';
import { deliveredBy, type LiveQuery, rankOf } from '../../core/workloads/live-records.ts';
import { lineStart, record } from '../operations/recorder.ts';
import type { Node } from '../session/nodes.ts';
import { type RpcConnection, rpcConnection } from '../session/rpc-transport.ts';
import type { Session } from '../session/session.ts';
import { now } from '../test/execution.ts';
import { pause } from '../test/pause.ts';

const MOST_ATTEMPTS = 10;

/** Follows a live query on a connection of its own, and records what it gets. */
export class LiveSubscriber {
  /** Changes that came twice, or after a later one of the same record. */
  misdelivered = 0;
  readonly #name: string;
  readonly #query: LiveQuery;
  readonly #node: Node;
  readonly #connection: RpcConnection;
  readonly #newest = new Map<string, number>();
  #id: string | undefined;

  /** @param name of the live query, which follows the node's name in the history */
  constructor(session: Session, node: Node, name: string, query: LiveQuery) {
    this.#name = `${node.name}/${name}`;
    this.#query = query;
    this.#node = node;
    this.#connection = rpcConnection(session, node, (notification) => this.#take(notification));
  }

  /** Starts the live query. @returns whether the node acknowledged it */
  async subscribe(): Promise<boolean> {
    const answer = await this.#ask('subscribe', this.#query.statement);
    if (answer.outcome === 'ok') this.#id = String(answer.value[0]);
    return answer.outcome === 'ok';
  }

  /** Ends the live query by KILL. @returns whether the node acknowledged that */
  async kill(): Promise<boolean> {
    const answer = await this.#ask('unsubscribe', `KILL u'${this.#id}'`);
    return answer.outcome === 'ok';
  }

  /** Breaks the connection, and with it the live query. */
  breakConnection(): void {
    const time = now();
    this.#record('unsubscribe', 'connection closed', time, { outcome: 'ok', value: null }, time);
    this.close();
  }

  close(): void {
    this.#connection.close();
  }

  /** Asks until it meets no conflict: those of several nodes that start and end live queries of one table meet. */
  async #ask(f: string, text: string): Promise<Answer<unknown[]>> {
    for (let attempt = 1; ; attempt++) {
      const start = now();
      const answer = classifySql(await this.#connection.call('query', JSON.stringify([text])));
      this.#record(f, text, start, answer);
      if (answer.outcome !== 'conflict' || attempt === MOST_ATTEMPTS) return answer;
      await pause((Math.random() * attempt) / 50);
    }
  }

  #take(notification: Notification): void {
    const delivered = deliveredBy(notification, this.#query);
    if (delivered === undefined) return;
    const [, id] = delivered;
    const time = now();
    this.#record('notify', delivered, time, { outcome: 'ok', value: delivered }, time);
    const rank = rankOf(delivered);
    if (rank <= (this.#newest.get(id) ?? 0)) this.misdelivered++;
    this.#newest.set(id, rank);
  }

  #record(f: string, value: unknown, start: number, answer: Parameters<typeof record>[3], end = now()): void {
    record(lineStart(f, this.#node, 'rpc'), this.#name, value, answer, start, end);
  }
}
