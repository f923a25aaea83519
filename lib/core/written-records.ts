import { fingerprint } from './random.ts';

/** Records of scenario `writes`: id and value follow from client, number and seed, so that anyone can check them. */
export interface WrittenRecord {
  readonly id: string;
  readonly content: { readonly client: number; readonly number: number; readonly payload: string };
}

/** Ids sort by client, so that one range holds all of a client's records and only those. */
export const clientPrefix = (client: number): string => `v${String(10_000 + client).slice(1)}`;

export function writtenRecord(seed: number, client: number, number: number): WrittenRecord {
  const id = `${clientPrefix(client)}n${String(10_000_000 + number).slice(1)}`;
  return { id, content: { client, number, payload: fingerprint(seed, client, number) } };
}

/** The payload that belongs to an id, or undefined where no client can have written it. */
export function payloadOf(seed: number, id: string): string | undefined {
  const [, client, number] = /^v(\d{4})n(\d{7})$/.exec(id) ?? [];
  if (client === undefined || number === undefined) return undefined;
  return fingerprint(seed, Number(client), Number(number));
}
