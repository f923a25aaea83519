import type { Operation } from '../../../core/history/history.ts';
import { bareFunction } from '../../../core/history/history-parts.ts';
import { subjectOf } from '../../../core/verdict/check-findings.ts';

/** Consecutive reads on one node that showed the same of an element. Times are the starts of the reads, milliseconds. */
export interface LifeSpan {
  /** How often a read held the element: 0 missing, 1 seen, more: duplicated. */
  readonly times: number;
  readonly from: number;
  readonly to: number;
  readonly reads: number;
}

/** What became of one element of a set, one record or one transfer. */
export interface ElementLife {
  readonly element: string;
  /** The operation that wrote it; undefined if nobody did. */
  readonly written: Operation | undefined;
  readonly nodes: Readonly<Record<string, readonly LifeSpan[]>>;
}

/** Checkers whose anomalies are about one element of a collection that is read as a whole. */
const COLLECTIONS: ReadonlySet<string> = new Set(['set-full', 'set', 'unique', 'writes', 'bank', 'changefeed', 'live']);

/** Follows one element through all reads of its collection. */
export class LifeReader {
  readonly #element: string;
  readonly #written: Operation;
  /** Final reads of scenario `writes` hold the records of one client. */
  readonly #ownReadsOnly: boolean;
  readonly #nodes = new Map<string, LifeSpan[]>();

  private constructor(element: string, written: Operation, ownReadsOnly: boolean) {
    this.#element = element;
    this.#written = written;
    this.#ownReadsOnly = ownReadsOnly;
  }

  /** @returns undefined if the evidence is not about one element */
  static of(checker: string, [written]: readonly Operation[]): LifeReader | undefined {
    if (written === undefined || !COLLECTIONS.has(checker) || isRead(written)) return undefined;
    const element = subjectOf(written);
    return element === undefined ? undefined : new LifeReader(element, written, checker === 'writes');
  }

  add(operation: Operation): void {
    if (operation.outcome !== 'ok' || !isRead(operation)) return;
    if (this.#ownReadsOnly && operation.process !== this.#written.process) return;
    const times = timesIn(operation.value, this.#element);
    if (times === undefined) return;
    let spans = this.#nodes.get(operation.node);
    if (spans === undefined) {
      spans = [];
      this.#nodes.set(operation.node, spans);
    }
    const { start } = operation;
    const last = spans.at(-1);
    const hasBegun = start >= this.#written.start || times > 0;
    if (!hasBegun) return;
    if (last !== undefined && last.times === times)
      spans[spans.length - 1] = { ...last, to: Math.max(last.to, start), reads: last.reads + 1 };
    else spans.push({ times, from: start, to: start, reads: 1 });
  }

  life(): ElementLife | undefined {
    if (this.#nodes.size === 0) return undefined;
    const nodes = Object.fromEntries([...this.#nodes].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { element: this.#element, written: this.#written, nodes };
  }
}

const isRead = ({ f }: Operation): boolean => bareFunction(f).endsWith('read');

/** How often a collection that was read holds an element; undefined if the value is not a collection. */
export function timesIn(value: unknown, element: string): number | undefined {
  if (Array.isArray(value))
    return value.filter((entry) => String(Array.isArray(entry) ? entry[0] : entry) === element).length;
  if (typeof value !== 'object' || value === null) return undefined;
  const {
    runs,
    duplicates = [],
    ledger,
  } = value as {
    readonly runs?: readonly number[];
    readonly duplicates?: readonly number[];
    readonly ledger?: unknown;
  };
  if (Array.isArray(ledger)) return timesIn(ledger, element);
  if (!Array.isArray(runs)) return undefined;
  const number = Number(element);
  for (let at = 0; at < runs.length; at += 2)
    if (number >= (runs[at] ?? 0) && number <= (runs[at + 1] ?? 0)) return duplicates.includes(number) ? 2 : 1;
  return 0;
}
