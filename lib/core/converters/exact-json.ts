import { HistoryError } from '../history/history.ts';

/** A whole number of 16 digits or more outside of strings: JSON.parse would round it. */
const NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

/**
 * Parses JSON with whole numbers beyond 2^53 as text, so that no two of them become one.
 * @throws HistoryError if it is not JSON. @param where for the message: `Line 3`
 */
export function parseExactJson(text: string, where: string): unknown {
  const exact = text
    .replace(/^\uFEFF/, '')
    .replace(NUMBERS, (token) => (token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${token}"`));
  try {
    return JSON.parse(exact) as unknown;
  } catch (error) {
    throw new HistoryError(`${where} is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
}
