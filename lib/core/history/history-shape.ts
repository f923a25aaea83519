import { OUTCOMES } from '../protocols/outcome.ts';
import { type History, HistoryError, type Operation } from './history.ts';

/** Longer operations are cut in messages. */
const SHOWN = 200;

/** Whether the value of an operation has the form that a checker reads. */
export type ValueShape = (value: unknown, operation: Operation) => boolean;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** What names an object, or is an element. */
export const isScalar = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';
/** A list of pairs of a name and anything. */
export const isPairs: ValueShape = (value) =>
  Array.isArray(value) && value.every((pair) => Array.isArray(pair) && typeof pair[0] === 'string');

const known: ReadonlySet<unknown> = new Set(OUTCOMES);
const isTime = (time: unknown): boolean => typeof time === 'number' && Number.isFinite(time);

/**
 * Refuses a history that a checker would misread: one that was edited, damaged, or written by something else.
 * @param shapes by function, the form of the values that the checker reads
 * @throws HistoryError with the operation
 */
export function refuseMalformed(history: History, checker: string, shapes: Readonly<Record<string, ValueShape>>): void {
  const { nodes, options, parts, generators } = history.header;
  if (!Array.isArray(nodes) || !nodes.every((node) => typeof node === 'string'))
    throw new HistoryError('The header of this history must have nodes, a list of names.');
  for (const [name, field] of Object.entries({ options, parts }))
    if (field !== undefined && !isRecord(field)) throw new HistoryError(`The header's ${name} must be an object.`);
  if (generators !== undefined && !Array.isArray(generators))
    throw new HistoryError("The header's generators must be a list.");
  for (const [index, operation] of history.operations.entries()) {
    const why = malformation(operation, shapes);
    if (why === undefined) continue;
    const text = JSON.stringify(operation).slice(0, SHOWN);
    throw new HistoryError(`Operation ${index + 1} cannot be read by checker ${checker}: ${why}. It is ${text}.`);
  }
}

function malformation(operation: Operation, shapes: Readonly<Record<string, ValueShape>>): string | undefined {
  const { process, f, key, start, end, outcome, value } = operation;
  if (!Number.isSafeInteger(process)) return 'process must be a whole number';
  if (typeof f !== 'string') return 'f must be a text';
  if (key !== undefined && typeof key !== 'string') return 'key must be a text';
  if (!isTime(start) || (end !== undefined && !isTime(end))) return 'start and end must be milliseconds';
  if (end !== undefined && end < start) return 'end lies before start';
  if (!known.has(outcome)) return 'outcome must be ok, conflict, failed or unknown';
  const shape = Object.hasOwn(shapes, f) ? shapes[f] : undefined;
  return shape === undefined || shape(value, operation) ? undefined : `the value of ${f} has another form`;
}
