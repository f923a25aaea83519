import { fingerprint } from '../random/random.ts';

/** Records of one client in scenario `writes`, by number from 0 on: all follows from client, number and seed, so that anyone can check it. */
export interface WrittenRecords {
  id(number: number): string;
  payload(number: number): string;
  /** JSON with the fields client, number and payload. */
  content(number: number): string;
}

/** Ids sort by client, so that one range holds all of a client's records and only those. */
export const clientPrefix = (client: number): string => `v${String(10_000 + client).slice(1)}`;

/** The first nine million ids of a client have as many digits. */
const FIRST = 1_000_000;

/**
 * Tells the records of one client. This runs once an operation inside k6, whose interpreter is slow at calls and at new
 * objects: what stays the same is worked out before, and the rest is arithmetic. Numbers are distinguished by a step of Park and
 * Miller's generator (CACM 31/10, 1988), which maps no two to the same.
 */
export function recordsOf(seed: number, client: number): WrittenRecords {
  const prefix = `${clientPrefix(client)}n`;
  const mark = fingerprint(seed, client, 0);
  const head = `{"client":${client},"number":`;
  const middle = `,"payload":"${mark}`;
  const digits = (number: number): number => ((number + 1) * 48271) % 2147483647;
  return {
    id: (number) => `${prefix}${FIRST + number}`,
    payload: (number) => `${mark}${digits(number)}`,
    content: (number) => `${head}${number}${middle}${digits(number)}"}`,
  };
}

/** The payload that belongs to an id, or undefined where no client can have written it. */
export function payloadOf(seed: number, id: string): string | undefined {
  const [, client, digits] = /^v(\d{4})n([1-9]\d{6,})$/.exec(id) ?? [];
  if (client === undefined) return undefined;
  const wanted = Number(client);
  if (last.seed !== seed || last.client !== wanted) last = { seed, client: wanted, records: recordsOf(seed, wanted) };
  return last.records.payload(Number(digits) - FIRST);
}

/** Those of the client that was asked for last: ids come client by client. */
let last = { seed: 0, client: 0, records: recordsOf(0, 0) };
