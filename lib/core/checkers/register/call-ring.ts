import { indicesInOrder } from '../shared/operation-times.ts';
import type { RegisterSteps } from './register-steps.ts';

/** The node before the first and after the last. */
export const HEAD = 0;

/** The deadline of a step that need not be over at any time. */
const NEVER = 0x7fffffff;

/**
 * The calls and returns of steps in order of time, as a doubly linked ring from which a step is taken out, and put back in
 * the opposite order, in constant time (Wing and Gong 1993, section 4.2; Lowe 2017, section 2). Nodes are numbered in order
 * of time.
 */
export class CallRing {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #stepAt: Int32Array;
  readonly #call: Int32Array;
  readonly #return: Int32Array;

  constructor(steps: RegisterSteps) {
    const order = eventsInOrder(steps);
    this.#call = new Int32Array(steps.count);
    this.#return = new Int32Array(steps.count).fill(NEVER);
    this.#next = new Int32Array(order.length + 1);
    this.#previous = new Int32Array(order.length + 1);
    this.#stepAt = new Int32Array(order.length + 1);
    this.#previous[HEAD] = order.length;
    for (let node = 1; node <= order.length; node++) {
      const event = order[node - 1] as number;
      const step = event >> 1;
      this.#stepAt[node] = step;
      this.#next[node - 1] = node;
      this.#previous[node] = node - 1;
      if ((event & 1) === 1) this.#return[step] = node;
      else this.#call[step] = node;
    }
  }

  first(): number {
    return this.#next[HEAD] as number;
  }

  next(node: number): number {
    return this.#next[node] as number;
  }

  stepAt(node: number): number {
    return this.#stepAt[node] as number;
  }

  isCall(node: number): boolean {
    return this.#call[this.#stepAt[node] as number] === node;
  }

  /** Which of two steps must be over first: the one with the lower deadline. */
  deadline(step: number): number {
    return this.#return[step] as number;
  }

  remove(step: number): void {
    this.#unlink(this.#call[step] as number);
    const end = this.#return[step] as number;
    if (end !== NEVER) this.#unlink(end);
  }

  restore(step: number): void {
    const end = this.#return[step] as number;
    if (end !== NEVER) this.#relink(end);
    this.#relink(this.#call[step] as number);
  }

  #unlink(node: number): void {
    const next = this.#next[node] as number;
    const previous = this.#previous[node] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #relink(node: number): void {
    this.#next[this.#previous[node] as number] = node;
    this.#previous[this.#next[node] as number] = node;
  }
}

/** Calls (step × 2) and returns (step × 2 + 1) in order of time, calls first where times are equal: those overlap. */
function eventsInOrder({ count, starts, ends }: RegisterSteps): Int32Array {
  const calls = indicesInOrder(starts.subarray(0, count));
  const returns = indicesInOrder(ends.subarray(0, count));
  const order = new Int32Array(2 * count);
  let call = 0;
  let done = 0;
  for (let at = 0; ; at++) {
    const nextReturn = returns[done] as number;
    const time = done < count ? (ends[nextReturn] as number) : Number.POSITIVE_INFINITY;
    if (call < count && (starts[calls[call] as number] as number) <= time) order[at] = (calls[call++] as number) * 2;
    else if (time < Number.POSITIVE_INFINITY) {
      order[at] = nextReturn * 2 + 1;
      done++;
    } else return order.subarray(0, at);
  }
}
