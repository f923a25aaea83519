/** What the RPC protocol of SurrealDB 3.x sends to a client, in its format `json`. */
interface RpcMessage {
  readonly id?: string | null;
  readonly result?: unknown;
  readonly error?: {
    readonly message: string;
    readonly kind?: string;
    readonly details?: { readonly kind?: string };
  };
}

/** A change that a live query tells of: `record` changed, `id` is the live query's. */
export interface Notification {
  readonly id: string;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE' | 'KILLED';
  readonly record: string;
  readonly result: unknown;
}

/** A received message: the answer to a request, as the body that /sql would have answered, or a notification. */
export type Received =
  | { readonly id: string; readonly body: (isQuery: boolean) => string }
  | { readonly id: undefined; readonly notification: Notification };

/** The text of a request. @param parameters a JSON array */
export const rpcRequest = (id: string, method: string, parameters: string): string =>
  `{"id":"${id}","method":"${method}","params":${parameters}}`;

const ANSWERED = /^\{"id":"(\w+)","result":/;

/**
 * Reads a message. An answer becomes one of /sql, whose classification holds for it then: `query` answers with the same list of
 * statements, the other methods with the result of one. It is taken as the text it is, since to parse it costs most of all.
 * @throws SyntaxError if it is not JSON
 */
export function receive(text: string): Received {
  const [head, id] = ANSWERED.exec(text) ?? [];
  if (head !== undefined && id !== undefined) return { id, body: bodyOf(text.slice(head.length, -1)) };
  const message = JSON.parse(text) as RpcMessage;
  if (message.error !== undefined) {
    const { message: result, kind, details } = message.error;
    return { id: String(message.id), body: () => JSON.stringify([{ status: 'ERR', result, kind, details }]) };
  }
  if (typeof message.id === 'string') return { id: message.id, body: bodyOf(JSON.stringify(message.result)) };
  return { id: undefined, notification: message.result as Notification };
}

const bodyOf =
  (result: string) =>
  (isQuery: boolean): string =>
    isQuery ? result : `[{"status":"OK","result":${result}}]`;
