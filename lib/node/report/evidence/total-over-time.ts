import type { Operation } from '../../../core/history/history.ts';
import { totalOf } from './operation-label.ts';

/** The sum of all balances that one read showed. */
export interface TotalPoint {
  /** Start of the read, milliseconds. */
  readonly at: number;
  readonly total: number;
  readonly node: string;
}

/** More points than a picture can show apart. */
const MOST_POINTS = 400;

/** Follows the sum of all balances. Reads that showed the usual sum are thinned, others are kept. */
export class TotalReader {
  #points: TotalPoint[] = [];
  #usual: number | undefined;
  #step = 1;
  #skipped = 0;

  add({ outcome, value, start, node }: Operation): void {
    if (outcome !== 'ok' || typeof value !== 'object' || value === null) return;
    const total = totalOf((value as { readonly balances?: unknown }).balances ?? value);
    if (total === undefined) return;
    this.#usual ??= total;
    if (total === this.#usual && this.#skipped++ % this.#step !== 0) return;
    this.#points.push({ at: start, total, node });
    if (this.#points.length <= MOST_POINTS) return;
    this.#step *= 2;
    this.#points = this.#points.filter(({ total: each }, index) => each !== this.#usual || index % 2 === 0);
    if (this.#points.length > MOST_POINTS) this.#points = this.#points.filter((_, index) => index % 2 === 0);
  }

  points(): readonly TotalPoint[] {
    return [...this.#points].sort((a, b) => a.at - b.at);
  }
}
