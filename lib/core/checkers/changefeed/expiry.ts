import type { Operation } from '../../history/history.ts';
import { EXPIRING_POLL, EXPIRING_WRITE, type ExpiringPoll, RETENTION } from '../../workloads/expiring-records.ts';
import { describe } from '../shared/describe.ts';
import type { Findings } from '../shared/findings.ts';
import type { ChangefeedAnomaly } from './feed-reader.ts';

/** Milliseconds by which the store's clock may be behind: PD advances its timestamps every 50 ms. */
const CLOCK_STEP = 100;
/** A change that was younger when the answer came was younger than the retention when the feed was read. */
const MUST_BE_THERE = RETENTION - CLOCK_STEP;

/**
 * A feed keeps each change for its retention. Polls from a position that has expired are counted, by whether the answer is an error.
 *
 *     client:   writes 7   writes 8   ........ 2 s ........   writes 20   polls after 7: [12, …, 20]
 *
 * Changes 8 to 11 have expired: nothing in the answer says that they are missing. If the poll ends less than 2 s after change 11
 * was sent, that one expired early.
 */
export class ExpiryCheck {
  readonly #findings: Findings<ChangefeedAnomaly>;
  /** Acknowledged writes of each client, by number of the record. */
  readonly #writes = new Map<number, Operation[]>();
  /** Polls from an expired position. */
  expired = 0;
  #refused = 0;
  #missed = 0;

  constructor(findings: Findings<ChangefeedAnomaly>) {
    this.#findings = findings;
  }

  /** @returns whether the operation is one that this checks */
  take(operation: Operation): boolean {
    const { f, outcome, process, value } = operation;
    if (f !== EXPIRING_WRITE && f !== EXPIRING_POLL) return false;
    const writes = this.#writes.get(process) ?? [];
    this.#writes.set(process, writes);
    if (f === EXPIRING_POLL) this.#takePoll(operation, writes);
    else if (outcome === 'ok') writes[value as number] = operation;
    return true;
  }

  #takePoll(poll: Operation, writes: readonly Operation[]): void {
    const { start, end = start, outcome } = poll;
    const { after, got, full } = poll.value as ExpiringPoll;
    const ageOf = (write: Operation): number => end - write.start;
    const due = writes.slice(after + 1).filter((write) => (write.end ?? end) <= start);
    if (outcome !== 'ok') {
      // The same node acknowledged a write just before: the error is about the position.
      if (outcome !== 'failed' || !due.some((write) => ageOf(write) >= RETENTION)) return;
      this.expired++;
      this.#refused++;
      return;
    }
    const shown = new Set(got);
    const newest = full ? (got.at(-1) ?? after) : Number.POSITIVE_INFINITY;
    const missing = due.filter(({ value }) => (value as number) <= newest && !shown.has(value as number));
    for (const write of missing) if (ageOf(write) < MUST_BE_THERE) this.#reportEarly(write, poll, ageOf(write));
    this.#missed += missing.length;
    if (missing.length > 0) this.expired++;
  }

  #reportEarly(write: Operation, poll: Operation, age: number): void {
    const record = `brief record ${String(write.value)} of client ${write.process}`;
    const reason = `the feed lacks the change ${Math.ceil(age)} ms after it was sent, and must keep it for ${RETENTION} ms`;
    this.#findings.add(
      'expired early',
      write.start,
      () => ({
        message: `The feed on ${poll.node} lacks ${record} at most ${Math.ceil(age)} ms after it was sent (${describe(write)}), and must keep it for ${RETENTION} ms.`,
        operations: [write, poll],
        subject: record,
        contradiction: { earlier: 0, later: 1, reason },
      }),
      0,
      record,
    );
  }

  counts(): Record<string, number> {
    if (this.#writes.size === 0) return {};
    return {
      'polls from an expired position': this.expired,
      'of these, answered with an error': this.#refused,
      'expired changes missing in the others': this.#missed,
    };
  }

  /** What a consumer got whose position had expired; empty if none had. */
  sentence(): string {
    const silent = this.expired - this.#refused;
    const parts = [
      ...(silent === 0
        ? []
        : [`${silent} × with what was left, without an error (${this.#missed} changes were missing)`]),
      ...(this.#refused === 0 ? [] : [`${this.#refused} × with an error`]),
    ];
    return parts.length === 0 ? '' : ` A position that had expired was answered ${parts.join(', ')}.`;
  }
}
