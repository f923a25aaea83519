import type { Evidence } from '../../../core/checkers/shared/check-verdict.ts';
import type { Operation } from '../../../core/history/history.ts';
import { type ElementView, viewOf } from './element-view.ts';

/**
 * Consecutive readings by one reader that showed the same of an element. Times are the starts of the readings, milliseconds.
 */
export interface LifeSpan {
  /** How many of the element's parts were there, and how often the one that was there most. */
  readonly parts: number;
  readonly times: number;
  readonly from: number;
  readonly to: number;
  readonly reads: number;
}

/** What became of one element of a set, record, transfer or transaction. */
export interface ElementLife {
  readonly element: string;
  /** The operation that wrote it; undefined if nobody did. */
  readonly written: Operation | undefined;
  /** How many parts it has: records of a transaction; 1 for what is whole or absent. */
  readonly parts: number;
  readonly words: ElementView['words'];
  /** By node, or by consumer of a feed. */
  readonly readers: Readonly<Record<string, readonly LifeSpan[]>>;
}

/** Follows one element through all readings of it. */
export class LifeReader {
  readonly #view: ElementView;
  readonly #spans = new Map<string, LifeSpan[]>();
  /** What each reader was shown so far, if its readings are pages of one whole. */
  readonly #sums = new Map<string, readonly number[]>();

  private constructor(view: ElementView) {
    this.#view = view;
  }

  /** @returns undefined if the evidence is not about one element */
  static of(checker: string, evidence: Evidence): LifeReader | undefined {
    const view = viewOf(checker, evidence);
    return view && new LifeReader(view);
  }

  add(operation: Operation): void {
    if (operation.outcome !== 'ok') return;
    const shown = this.#view.readingOf(operation);
    if (shown === undefined) return;
    const { reader } = shown;
    const before = this.#view.addsUp ? this.#sums.get(reader) : undefined;
    const counts = shown.counts.map((count, part) => count + (before?.[part] ?? 0));
    if (this.#view.addsUp) this.#sums.set(reader, counts);
    this.#append(reader, counts, operation.start);
  }

  #append(reader: string, counts: readonly number[], start: number): void {
    const spans = this.#spans.get(reader) ?? [];
    this.#spans.set(reader, spans);
    const parts = counts.filter((count) => count > 0).length;
    const times = Math.max(...counts);
    const hasBegun = start >= (this.#view.written?.start ?? 0) || times > 0;
    if (!hasBegun) return;
    const last = spans.at(-1);
    if (last?.times === times && last.parts === parts)
      spans[spans.length - 1] = { ...last, to: Math.max(last.to, start), reads: last.reads + 1 };
    else spans.push({ parts, times, from: start, to: start, reads: 1 });
  }

  life(): ElementLife | undefined {
    if (this.#spans.size === 0) return undefined;
    const { element, written, parts, words } = this.#view;
    const readers = Object.fromEntries([...this.#spans].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { element, written, parts, words, readers };
  }
}
