import { decode, encode, Tagged } from '@surrealdb/cbor';
import { type Received, type RpcFormat, type RpcMessage, receivedOf } from './rpc-messages.ts';

/** Tags of SurrealDB's CBOR for what JSON has no type for. */
const RECORD = 8;
const UUID = 9;
const TAGS = {
  /** NONE */
  6: () => null,
  [RECORD]: (record: string | readonly [table: string, id: unknown]): string =>
    typeof record === 'string' ? record : record.join(':'),
  12: ([seconds, nanoseconds = 0]: readonly number[]): string => instant(Number(seconds), Number(nanoseconds)),
  37: (bytes: ArrayBuffer | Uint8Array): string => uuid(new Uint8Array(bytes)),
};

/** As the server writes it in JSON: no fraction, or one of 3, 6 or 9 digits. */
function instant(seconds: number, nanoseconds: number): string {
  const second = new Date(seconds * 1000).toISOString().slice(0, -5);
  const fraction = String(nanoseconds)
    .padStart(9, '0')
    .replace(/(?:000)+$/, '');
  return fraction === '' ? `${second}Z` : `${second}.${fraction}Z`;
}

function uuid(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Reads CBOR; records, times and UUIDs are text as in JSON, whole numbers beyond 2^53 are BigInt. */
export const fromCbor = (bytes: ArrayBuffer): unknown => decode(new Uint8Array(bytes), { tagged: TAGS });

export function toCbor(value: unknown): ArrayBuffer {
  const bytes = encode(value);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/** Marks the digits of a BigInt, which JSON.stringify refuses: a character for private use. */
const DIGITS = '\uf8ff';
const MARKED = new RegExp(`"${DIGITS}(-?\\d+)"`, 'g');

/** JSON text in which whole numbers keep all their digits. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, it: unknown) => (typeof it === 'bigint' ? `${DIGITS}${it}` : it)).replace(MARKED, '$1');

/** Which parameters of a method may be records: as text the server takes them for names of tables. */
const RECORDS: Readonly<Record<string, readonly number[]>> = {
  create: [0],
  select: [0],
  update: [0],
  upsert: [0],
  merge: [0],
  delete: [0],
  relate: [0, 1, 2],
};

/** Methods whose parameter is the UUID of a transaction. */
const ENDS_TRANSACTION: ReadonlySet<string> = new Set(['commit', 'cancel']);

export const cbor: RpcFormat = {
  write(id, method, parameters, transaction) {
    const params = JSON.parse(parameters) as unknown[];
    for (const at of RECORDS[method] ?? [])
      if (String(params[at]).includes(':')) params[at] = new Tagged(RECORD, params[at]);
    const uuids = ENDS_TRANSACTION.has(method) ? params.map((text) => new Tagged(UUID, text)) : params;
    const part = transaction === undefined ? {} : { txn: new Tagged(UUID, transaction) };
    return toCbor({ id, method, params: uuids, ...part });
  },
  read: (message): Received => receivedOf(fromCbor(message as ArrayBuffer) as RpcMessage, jsonText),
};
