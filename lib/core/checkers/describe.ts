import type { Operation } from '../history.ts';

/** Long values (a read of a whole set) would hide the sentence they stand in. */
const LONGEST_VALUE = 120;

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
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`;
}
