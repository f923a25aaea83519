/** What the RPC protocol of SurrealDB 3.x sends to a client. */
export interface RpcMessage {
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

/** The answer to a request. */
interface RpcAnswer {
  readonly id: string;
  /** JSON: the result, or the error as a failed statement of /sql. */
  readonly text: string;
  readonly isResult: boolean;
}

/** A received message. */
export type Received = RpcAnswer | { readonly id: undefined; readonly notification: Notification };

/** How messages are written, named by the subprotocol of the WebSocket. */
export interface RpcFormat {
  /** @param parameters a JSON array @param transaction the one that it is a part of, as `begin` named it */
  readonly write: (id: string, method: string, parameters: string, transaction?: string) => string | ArrayBuffer;
  /** @throws Error if the message is not of this format */
  readonly read: (message: string | ArrayBuffer) => Received;
}

/** The text of a request. @param parameters a JSON array @param transaction as of RpcFormat.write */
export const rpcRequest = (id: string, method: string, parameters: string, transaction?: string): string =>
  transaction === undefined
    ? `{"id":"${id}","method":"${method}","params":${parameters}}`
    : `{"id":"${id}","method":"${method}","params":${parameters},"txn":"${transaction}"}`;

/** What an answer begins with; its id, which is ours, is between. */
const HEAD = '{"id":"';
const RESULT = '","result":';

/**
 * Reads a message. An answer can be read as one of /sql (`bodyOf`), whose classification holds for it then: `query` answers with
 * the same list of statements, the other methods with the result of one. It is taken as the text it is, since to parse it costs
 * most of all.
 * @throws SyntaxError if it is not JSON
 */
export function receive(text: string): Received {
  if (text.startsWith(HEAD)) {
    const end = text.indexOf('"', HEAD.length);
    if (text.startsWith(RESULT, end))
      return { id: text.slice(HEAD.length, end), text: text.slice(end + RESULT.length, -1), isResult: true };
  }
  return receivedOf(JSON.parse(text) as RpcMessage, JSON.stringify);
}

/** @param textOf writes a value as JSON */
export function receivedOf({ id, result, error }: RpcMessage, textOf: (value: unknown) => string): Received {
  if (error !== undefined && error !== null) {
    const { message, kind, details } = error;
    return { id: String(id), text: textOf([{ status: 'ERR', result: message, kind, details }]), isResult: false };
  }
  if (typeof id === 'string') return { id, text: textOf(result), isResult: true };
  return { id: undefined, notification: result as Notification };
}

export const json: RpcFormat = { write: rpcRequest, read: (message) => receive(message as string) };

/** What the body begins with if a method other than `query` succeeded. */
export const RPC_OK = '[{"status":"OK","result":';

/** The body that /sql would have answered. @param isQuery whether the method was `query` */
export const bodyOf = ({ text, isResult }: RpcAnswer, isQuery: boolean): string =>
  isQuery || !isResult ? text : `${RPC_OK}${text}}]`;
