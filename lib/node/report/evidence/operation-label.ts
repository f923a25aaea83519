import type { Operation } from '../../../core/history/history.ts';
import { bareFunction } from '../../../core/history/history-parts.ts';
import type { LiveChange } from '../../../core/workloads/live-records.ts';
import { type Found, LETTERS, lettersFound, lettersOf } from '../../../core/workloads/scattered.ts';

/** What an operation did, in a few words: `transfer t1n0 a → b 5`, `cas x 3 → 4`, `append 3 5, r 2 [1 2]`. */
export function operationLabel({ f, key, value }: Pick<Operation, 'f' | 'key' | 'value'>): string {
  const name = bareFunction(f);
  const object = key === undefined || key === '' ? '' : ` ${key}`;
  if (name === 'change' && isChange(value))
    return `${value.action}${object}${value.action === 'delete' ? '' : ` to version ${value.version}`}`;
  if (name === 'notify' && Array.isArray(value)) return cut(`notification${object}: ${value.map(plain).join(' ')}`);
  const text = valueText(name, value);
  if (Array.isArray(value) && value.length > 0 && value.every(isStep)) return text;
  return `${name}${object}${text === '' ? '' : ` ${text}`}`;
}

/** A change of a record that live queries follow. */
const isChange = (value: unknown): value is LiveChange =>
  typeof value === 'object' && value !== null && 'action' in value && 'version' in value;

/** Names of the outcomes' marks, for readers who cannot tell their colors apart. */
export const OUTCOME_MARKS = { ok: '✓', conflict: '↻', failed: '✗', unknown: '?' } as const;

const LONGEST = 48;
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

function valueText(name: string, value: unknown): string {
  if (value === undefined) return '';
  if (value === null) return '→ nothing';
  if (name === 'cas' && Array.isArray(value)) return `${plain(value[0])} → ${plain(value[1])}`;
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every(isStep)) return cut(value.map(stepText).join(', '));
    const found = transactionsIn(value);
    if (found !== undefined) return `→ ${found} ${found === 1 ? 'transaction' : 'transactions'}`;
    return value.length > 8 ? `→ ${value.length} elements` : cut(`→ [${value.map(plain).join(' ')}]`);
  }
  if (typeof value === 'object') return cut(objectText(value as Readonly<Record<string, unknown>>));
  return cut(name.endsWith('read') ? `→ ${plain(value)}` : plain(value));
}

/** How many transactions a read of all tables found; undefined if a value is something else. */
function transactionsIn(value: readonly unknown[]): number | undefined {
  const isRange = value.length === 2 && Array.isArray(value[1]) && value[1].length === LETTERS.length;
  const found = isRange ? (value[1] as readonly unknown[]) : value;
  if (found.length !== LETTERS.length || !found.every((ids) => Array.isArray(ids))) return undefined;
  if (!found.flat().every((id) => typeof id === 'string' && lettersOf(id) !== '')) return undefined;
  return lettersFound(found as Found).size;
}

function objectText(value: Readonly<Record<string, unknown>>): string {
  const {
    id,
    from,
    to,
    amount,
    ledger,
    balances,
    runs,
    tx,
    changes,
    entries,
    table,
    after,
    got,
    with: parameters,
  } = value;
  if (id !== undefined && from !== undefined)
    return `${plain(id)}: ${plain(amount)} from ${plain(from)} to ${plain(to)}`;
  if (Array.isArray(ledger)) return `→ total ${totalOf(balances)}, ${ledger.length} rows`;
  if (Array.isArray(runs)) return `→ ${runsText(runs as number[])}`;
  if (Array.isArray(changes)) return `${plain(tx)}: ${changes.map(([f, record]) => `${f} ${record}`).join(', ')}`;
  if (Array.isArray(entries)) return entriesText(entries, table);
  if (Array.isArray(got))
    return `after ${plain(after)} → ${got.length > 3 ? `${got[0]} … ${got.at(-1)}` : got.join(' ')}`;
  if (typeof parameters === 'object' && parameters !== null)
    return Object.entries(parameters)
      .map(([name, parameter]) => `${name}=${plain(parameter)}`)
      .join(', ');
  const total = totalOf(value);
  return total === undefined ? JSON.stringify(value) : `→ total ${total}`;
}

/** Of a changefeed: what a poll brought, or a page of the feed of a table, with the last digits of its versionstamps. */
function entriesText(entries: readonly unknown[], table: unknown): string {
  const stamps = entries.map((entry) => `…${plain((entry as readonly unknown[])[0]).slice(-6)}`);
  const [first = '', last = first] = [stamps[0], stamps.at(-1)];
  const where = entries.length === 0 ? '' : entries.length === 1 ? ` ${first}` : ` ${first} to ${last}`;
  const count = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`;
  return `→ ${count}${where}${table === undefined ? '' : ` of ${plain(table)}`}`;
}

/** Sum of all balances; undefined if a value is not an account book. */
export function totalOf(balances: unknown): number | undefined {
  if (typeof balances !== 'object' || balances === null || Array.isArray(balances)) return undefined;
  const values = Object.values(balances);
  if (values.length < 2 || !values.every((value) => typeof value === 'number')) return undefined;
  return (values as number[]).reduce((sum, value) => sum + value, 0);
}

function runsText(runs: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < runs.length && parts.length < 6; at += 2)
    parts.push(runs[at] === runs[at + 1] ? `${runs[at]}` : `${runs[at]}–${runs[at + 1]}`);
  return parts.length * 2 < runs.length ? `${parts.join(', ')}, …` : parts.join(', ') || 'empty';
}

type Step = readonly [f: string, key: unknown, value?: unknown];
const STEPS = new Set(['append', 'r', 'w']);
const isStep = (value: unknown): value is Step =>
  Array.isArray(value) && value.length >= 2 && typeof value[0] === 'string' && STEPS.has(value[0]);

function stepText([f, key, value]: Step): string {
  const shown = Array.isArray(value)
    ? `[${(value.length > 6 ? ['…', ...value.slice(-5)] : value).map(plain).join(' ')}]`
    : plain(value ?? null);
  return `${f === 'r' ? 'read' : f === 'w' ? 'write' : f} ${plain(key)}${f === 'r' ? ' →' : ':'} ${shown}`;
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
