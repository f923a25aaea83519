import type { Operation } from '../../history/history.ts';

/** Long values (a read of a whole set) would hide the sentence they stand in, and swell the verdict they belong to. */
const LONGEST_IN_SENTENCE = 120;
const LONGEST_IN_EVIDENCE = 2000;

/** One operation for a person: who, where, what, when. */
export function describe(operation: Operation): string {
  const { process, node, f, key, value, outcome, error } = operation;
  const where = node === '' ? '' : ` at ${node}`;
  const what = [f, key, value === undefined ? undefined : show(value)].filter((part) => part !== undefined).join(' ');
  const how = outcome === 'ok' ? '' : ` (${outcome}${error === undefined ? '' : `: ${error}`})`;
  return `process ${process}${where}: ${what}${how}, ${when(operation)}`;
}

/** Invocation and completion in milliseconds of the run's clock. */
export function when({ start, end }: Operation): string {
  return `${milliseconds(start)} to ${end === undefined ? 'no answer' : milliseconds(end)}`;
}

export function milliseconds(time: number): string {
  return `${Math.round(time * 1000) / 1000} ms`;
}

/** A value as JSON, cut where it is long. */
export function show(value: unknown): string {
  return cut(JSON.stringify(value) ?? 'nothing', LONGEST_IN_SENTENCE);
}

/** The operation as evidence: as it was, but with the beginning of its value as text where that is long. */
export function abridge(operation: Operation): Operation {
  const text = JSON.stringify(operation.value) ?? '';
  return text.length <= LONGEST_IN_EVIDENCE ? operation : { ...operation, value: cut(text, LONGEST_IN_EVIDENCE) };
}

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
