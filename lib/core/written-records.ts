import { fingerprint } from './random.ts';

/** Records of scenario `writes`: id and value follow from client, number and seed, so that anyone can check them. */
export interface WrittenRecord {
  readonly id: string;
  /** JSON with the fields client, number and payload. */
  readonly content: string;
}

/** Ids sort by client, so that one range holds all of a client's records and only those. */
export const clientPrefix = (client: number): string => `v${String(10_000 + client).slice(1)}`;

export function writtenRecord(seed: number, client: number, number: number): WrittenRecord {
  const { prefix, mark } = hand(seed, client);
  return {
    id: `${prefix}n${String(10_000_000 + number).slice(1)}`,
    content: `{"client":${client},"number":${number},"payload":"${payload(mark, number)}"}`,
  };
}

/** The payload that belongs to an id, or undefined where no client can have written it. */
export function payloadOf(seed: number, id: string): string | undefined {
  const [, client, number] = /^v(\d{4})n(\d{7})$/.exec(id) ?? [];
  if (client === undefined || number === undefined) return undefined;
  return payload(hand(seed, Number(client)).mark, Number(number));
}

/** What all records of one client share. A virtual user is one client, so it is worked out once. */
let last = { seed: 0, client: 0, prefix: clientPrefix(0), mark: fingerprint(0, 0, 0) };

function hand(seed: number, client: number): typeof last {
  if (last.client !== client || last.seed !== seed)
    last = { seed, client, prefix: clientPrefix(client), mark: fingerprint(seed, client, 0) };
  return last;
}

/** Numbers are told apart by a step of Park and Miller's generator (CACM 31/10, 1988), which maps no two to the same. */
const payload = (mark: string, number: number): string => mark + (((number + 1) * 48271) % 2147483647).toString(36);
