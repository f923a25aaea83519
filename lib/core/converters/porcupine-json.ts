import { HISTORY_VERSION, HistoryError, type Operation } from '../history/history.ts';
import { parseExactJson } from './exact-json.ts';
import { type ForeignHistory, summaryOf } from './foreign-history.ts';

/** An operation as Porcupine has it (`porcupine.Operation`), in the names that Go's JSON gives its fields; times in nanoseconds. */
interface PorcupineOperation {
  readonly ClientId?: number;
  readonly Input: Fields;
  readonly Call: number | string;
  readonly Output?: Fields;
  readonly Return: number | string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What an operation says in our terms; undefined if it says nothing about a register. */
type Reading = Pick<Operation, 'f' | 'key' | 'value' | 'outcome' | 'error'>;

/**
 * Reads operations of Porcupine: an array of them, or one a line as etcd's robustness tests write them (`operations.json`).
 * `Input` and `Output` are the model's own. Two models are read: that of etcd (tests/robustness/model/types.go: ranges of one
 * key, unconditional puts and deletes of one key), and the one that `--export porcupine` writes.
 *
 * @throws HistoryError with the number of the operation, if something in it is not understood
 */
export function readPorcupineJson(text: string): ForeignHistory {
  const left = { 'operations that do not touch keys': 0 };
  const operations: Operation[] = [];
  let first: bigint | undefined;
  for (const [index, entry] of entriesOf(text).entries()) {
    const where = `Operation ${index + 1}`;
    const each = shapeOf(entry, where);
    const [call, end] = [timeOf(each.Call, where, 'Call'), timeOf(each.Return, where, 'Return')];
    if (end < call) throw new HistoryError(`${where}: its Return lies before its Call.`);
    first ??= call;
    const reading = readingOf(each, where);
    if (reading === undefined) {
      left['operations that do not touch keys']++;
      continue;
    }
    const since = (time: bigint): number => Number(time - (first ?? 0n)) / NANOSECONDS;
    operations.push({
      process: each.ClientId ?? 0,
      node: '',
      protocol: '',
      start: since(call),
      ...(reading.outcome === 'unknown' ? {} : { end: since(end) }),
      ...reading,
    });
  }
  if (operations.length === 0) throw new HistoryError('It holds no operation on a key.');
  return {
    header: { history: HISTORY_VERSION, scenario: 'register', seed: 0, nodes: [] },
    operations,
    damaged: 0,
    summary: summaryOf(operations, 'cas-register', left),
  };
}

const NANOSECONDS = 1e6;

function entriesOf(text: string): readonly unknown[] {
  if (/^\uFEFF?\s*\[/.test(text)) {
    const all = parseExactJson(text, 'The file');
    if (Array.isArray(all)) return all;
  }
  return text
    .split(/\r\n|\n|\r/)
    .flatMap((line, index) => (line.trim() === '' ? [] : [parseExactJson(line, `Line ${index + 1}`)]));
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shapeOf(entry: unknown, where: string): PorcupineOperation {
  if (
    !isFields(entry) ||
    !isFields(entry.Input) ||
    (entry.Output !== undefined && entry.Output !== null && !isFields(entry.Output))
  )
    throw new HistoryError(
      `${where} is not one of Porcupine: expected {"ClientId":0,"Input":{…},"Call":0,"Output":{…},"Return":1}, with Input and Output as objects.`,
    );
  const { ClientId = 0 } = entry;
  if (typeof ClientId !== 'number' || !Number.isSafeInteger(ClientId))
    throw new HistoryError(`${where}: ClientId must be a whole number, not ${JSON.stringify(ClientId)}.`);
  return { ...(entry as unknown as PorcupineOperation), ClientId, Output: (entry.Output ?? {}) as Fields };
}

function timeOf(time: unknown, where: string, field: string): bigint {
  if ((typeof time === 'number' && Number.isSafeInteger(time)) || (typeof time === 'string' && /^\d+$/.test(time)))
    return BigInt(time);
  throw new HistoryError(
    `${where}: ${field} must be a whole number of nanoseconds, not ${JSON.stringify(time) ?? 'nothing'}.`,
  );
}

function readingOf({ Input, Output = {} }: PorcupineOperation, where: string): Reading | undefined {
  if (typeof Input.Type === 'string') return etcdReading(Input, Output, where);
  return registerReading(Input, Output, where);
}

const OUTCOMES: ReadonlySet<unknown> = new Set(['ok', 'conflict', 'failed', 'unknown']);

/** The model that `--export porcupine` writes: Input {f, key, value}, Output {outcome, value, error}. */
function registerReading(input: Fields, output: Fields, where: string): Reading {
  const { f, key = 'register', value = null } = input;
  const { outcome = 'ok', error } = output;
  if ((f !== 'read' && f !== 'write' && f !== 'cas') || typeof key !== 'string' || !OUTCOMES.has(outcome))
    throw new HistoryError(
      `${where}: Input ${JSON.stringify(input)} is of a model that is unknown here. Known are etcd's ("Type":"range" or "txn") and {"f":"read"|"write"|"cas","key":"k","value":v} with Output {"value":v,"outcome":"ok"}.`,
    );
  if (f === 'cas' && !(Array.isArray(value) && value.length === 2))
    throw new HistoryError(`${where}: a cas has the value [expected, new], not ${JSON.stringify(value)}.`);
  return {
    f,
    key,
    value: f === 'read' && outcome === 'ok' ? (output.value ?? null) : value,
    outcome: outcome as Operation['outcome'],
    ...(typeof error === 'string' ? { error } : {}),
  };
}

const refusedModel = (where: string, what: string): HistoryError =>
  new HistoryError(
    `${where}: ${what} cannot be checked as a register. Of etcd's operations ranges of one key, and unconditional puts and deletes of one key can.`,
  );

function etcdReading(input: Fields, output: Fields, where: string): Reading | undefined {
  const outcome = typeof output.Error === 'string' && output.Error !== '' ? 'unknown' : 'ok';
  const isRefused = typeof output.ClientError === 'string' && output.ClientError !== '';
  if (input.Type === 'range') {
    const range = input.Range as Fields | undefined;
    const key = range?.Start;
    if (typeof key !== 'string' || (range?.End ?? '') !== '' || (range?.Revision ?? 0) !== 0)
      throw refusedModel(where, `the range ${JSON.stringify(range)}`);
    const kvs = ((output.Range as Fields | undefined)?.KVs ?? []) as readonly Fields[];
    return {
      f: 'read',
      key,
      outcome: isRefused ? 'failed' : outcome,
      value: outcome === 'ok' ? contentOf(kvs[0]?.Value) : null,
    };
  }
  if (input.Type !== 'txn') return undefined;
  const txn = input.Txn as Fields | undefined;
  const operations = (txn?.OperationsOnSuccess ?? []) as readonly Fields[];
  const [only] = operations;
  if (((txn?.Conditions ?? []) as readonly unknown[]).length > 0 || operations.length !== 1 || only === undefined)
    throw refusedModel(where, `the transaction ${JSON.stringify(txn)}`);
  const put = only.Put as Fields | undefined;
  const deleted = only.Delete as Fields | undefined;
  // Persisted tells that a write without an answer was found in the log.
  const ended = isRefused ? 'failed' : outcome;
  if (only.Type === 'put-operation' && typeof put?.Key === 'string' && (put.LeaseID ?? 0) === 0)
    return { f: 'write', key: put.Key, value: contentOf(put.Value), outcome: ended };
  if (only.Type === 'delete-operation' && typeof deleted?.Key === 'string')
    return { f: 'write', key: deleted.Key, value: null, outcome: ended };
  throw refusedModel(where, `the operation ${JSON.stringify(only)}`);
}

/** etcd's tests keep short values as they are, and others by a hash. */
function contentOf(value: unknown): unknown {
  if (!isFields(value)) return null;
  return value.Hash === undefined || value.Hash === 0 ? (value.Value ?? '') : `hash ${value.Hash}`;
}
