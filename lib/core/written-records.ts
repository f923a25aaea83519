import { hexText } from './random.ts';

/** Records of scenario `writes`: id and value follow from client, number and seed, so that anyone can check them. */
export interface WrittenRecord {
  readonly id: string;
  readonly content: { readonly client: number; readonly number: number; readonly payload: string };
}

const CLIENT_DIGITS = 4;
const NUMBER_DIGITS = 7;

const padded = (number: number, digits: number): string => String(number).padStart(digits, '0');

/** Ids sort by client, so that one range holds all of a client's records and only those. */
export const clientPrefix = (client: number): string => `v${padded(client, CLIENT_DIGITS)}`;

export function writtenRecord(seed: number, client: number, number: number): WrittenRecord {
  const id = `${clientPrefix(client)}n${padded(number, NUMBER_DIGITS)}`;
  return { id, content: { client, number, payload: hexText(4, seed, client, number) } };
}

/** The payload that belongs to an id, or undefined where no client can have written it. */
export function payloadOf(seed: number, id: string): string | undefined {
  const [, client, number] = /^v(\d{4})n(\d{7})$/.exec(id) ?? [];
  if (client === undefined || number === undefined) return undefined;
  return hexText(4, seed, Number(client), Number(number));
}
