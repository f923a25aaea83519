/** Milliseconds: what is shorter counts as this. */
const SHORTEST = 0.001;
/** From one step to the next a latency grows by 1 %, so that a step is right to half of that. */
const GROWTH = Math.log(1.01);
/** Up to 10 minutes; what is longer counts as this. */
const STEPS = Math.ceil(Math.log(600_000 / SHORTEST) / GROWTH);

/** The step of a latency in milliseconds, to be counted. */
export const stepOf = (latency: number): number =>
  latency <= SHORTEST ? 0 : Math.min(STEPS - 1, Math.round(Math.log(latency / SHORTEST) / GROWTH));

/**
 * Counts latencies for a point of a chart, to 1 %: 8 KB, and there are thousands of them. The step is worked out once for each
 * operation, which is counted in three of these: in a histogram of hdr-histogram-js that takes a quarter of the time of a report.
 */
export class LatencyCounts {
  readonly #counts = new Uint32Array(STEPS);
  #total = 0;

  add(step: number): void {
    (this.#counts[step] as number)++;
    this.#total++;
  }

  /** Adds what another one has counted. */
  join(other: LatencyCounts): void {
    for (const [step, count] of other.#counts.entries()) (this.#counts[step] as number) += count;
    this.#total += other.#total;
  }

  /** Milliseconds at ranks from 0 to 100, which rise. */
  percentiles(ranks: readonly number[]): number[] {
    let step = 0;
    let counted = this.#counts[0] as number;
    return ranks.map((rank) => {
      const wanted = Math.max(1, Math.ceil((rank / 100) * this.#total));
      while (counted < wanted && step < STEPS - 1) counted += this.#counts[++step] as number;
      return SHORTEST * Math.exp(step * GROWTH);
    });
  }
}
