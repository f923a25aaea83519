import { IntVector } from '../shared/int-vector.ts';
import { CallRing, HEAD } from './call-ring.ts';
import { ConfigurationCache } from './configuration-cache.ts';
import { CAS, MISMATCH, NOTHING, READ, type RegisterSteps, UNDETERMINED, WRITE } from './register-steps.ts';

/** When a search gives up: its answer is then `unknown`. */
export interface SearchLimits {
  /** Configurations per register; each takes about 40 bytes. */
  readonly maxConfigurations: number;
  /** On the clock of `Date.now()`, milliseconds. */
  readonly deadline: number;
}

export interface SearchResult {
  readonly linearizable: boolean | 'unknown';
  readonly configurations: number;
  /** If linearizable: the steps in an order that explains every answer; steps of unknown outcome may be missing. */
  readonly order?: readonly number[];
}

/** How many configurations pass between two looks at the clock. */
const CLOCK_INTERVAL = 4096;

/**
 * Whether the steps on one register have an order that keeps real time and in which every read sees the value written last.
 *
 * Wing and Gong, *Testing and Verifying Concurrent Objects* (JPDC 1993), with the cache of configurations of Lowe,
 * *Testing for Linearizability* (2017, section 3), and with the linked list of calls and returns and the bit set of
 * Porcupine (Athalye 2017). Four rules of our own hold for registers, and each only leaves out orders that have an equally
 * good one beside them:
 *
 * 1. A read that fits the present value is placed at once: it changes nothing, and earlier is never worse.
 * 2. A value that a step still has to read is not overwritten while no step is left that could write it again.
 * 3. A step of unknown outcome is placed only just before a step that needs what it makes; elsewhere it has no effect.
 * 4. Of several steps that do the same, the one that must be over first goes first.
 */
export function searchLinearization(steps: RegisterSteps, limits: SearchLimits): SearchResult {
  return new Search(steps, limits).run();
}

const FOUND = 0;
const DEAD_END = 1;
const OPENED = 2;
const GAVE_UP = 3;

class Search {
  readonly #limits: SearchLimits;
  readonly #kind: Uint8Array;
  readonly #expects: Int32Array;
  readonly #makes: Int32Array;
  readonly #required: Uint8Array;
  /** The bit of a step in `done` where it is required, in `doneOptional` otherwise. */
  readonly #bit: Int32Array;

  /** The calls and returns of the steps that are not yet placed. */
  readonly #ring: CallRing;

  #state: number;
  #hash = 0;
  readonly #done: Int32Array;
  readonly #doneOptional: Int32Array;
  /** Words of `done` below are all ones; at and above `#high` all zeroes. */
  #low = 0;
  #high = 0;
  #requiredLeft = 0;
  /** Per value: required steps not yet placed that read it, and steps not yet placed that make it. */
  readonly #readersLeft: Int32Array;
  readonly #makersLeft: Int32Array;

  /** Steps in the order in which they are placed. */
  readonly #trail = new IntVector();
  /** Candidates of all open frames, the most promising of each last. */
  readonly #candidates = new IntVector();
  /** Per open frame: state, length of the trail, first candidate, low, high. */
  readonly #frames = new IntVector();
  readonly #cache = new ConfigurationCache();

  #opened = 0;
  #scan = 0;
  /** Per value: the scan that last met a step that reads it, or makes it. */
  readonly #wantedIn: Int32Array;
  readonly #makerIn: Int32Array;
  /** Per value, for writes and then for compare-and-sets: the scan that last took a candidate that makes it, and where. */
  readonly #takenIn: Int32Array;
  readonly #takenAt: Int32Array;

  constructor(steps: RegisterSteps, limits: SearchLimits) {
    this.#limits = limits;
    const { count, kinds, expects, makes, required, initial, valueCount } = steps;
    this.#state = initial;
    this.#kind = kinds;
    this.#expects = expects;
    this.#makes = makes;
    this.#required = required;
    this.#readersLeft = new Int32Array(valueCount);
    this.#makersLeft = new Int32Array(valueCount);
    this.#wantedIn = new Int32Array(valueCount);
    this.#makerIn = new Int32Array(valueCount);
    this.#takenIn = new Int32Array(2 * valueCount);
    this.#takenAt = new Int32Array(2 * valueCount);
    let optional = 0;
    for (let step = 0; step < count; step++) {
      if (required[step] === 0) optional++;
      this.#count(step, 1);
    }
    this.#done = new Int32Array((count - optional + 31) >> 5);
    this.#doneOptional = new Int32Array((optional + 31) >> 5);
    this.#ring = new CallRing(steps);
    this.#bit = this.#numberSteps(count);
  }

  run(): SearchResult {
    const answer = (linearizable: boolean | 'unknown'): SearchResult => ({
      linearizable,
      configurations: this.#cache.size,
    });
    if (this.#state !== UNDETERMINED)
      for (let value = 0; value < this.#readersLeft.length; value++)
        if (value !== this.#state && this.#isDead(value)) return answer(false);
    let outcome = this.#open();
    while (outcome !== FOUND) {
      if (outcome === GAVE_UP) return answer('unknown');
      if (this.#frames.length === 0) return answer(false);
      outcome = this.#tryNext();
    }
    return { ...answer(true), order: [...this.#trail.view()] };
  }

  /** Steps that are close in time get bits that are close, so that few words of `done` are mixed. */
  #numberSteps(count: number): Int32Array {
    const bits = new Int32Array(count);
    let required = 0;
    let optional = 0;
    for (let node = this.#ring.first(); node !== HEAD; node = this.#ring.next(node)) {
      if (!this.#ring.isCall(node)) continue;
      const step = this.#ring.stepAt(node);
      bits[step] = this.#required[step] === 1 ? required++ : optional++;
    }
    return bits;
  }

  /** Takes up the innermost frame's next candidate, or closes the frame where it has none left. */
  #tryNext(): number {
    const frames = this.#frames;
    const frame = frames.length - 5;
    this.#backTo(frames.at(frame + 1));
    this.#state = frames.at(frame);
    this.#low = frames.at(frame + 3);
    this.#high = frames.at(frame + 4);
    if (this.#candidates.length === frames.at(frame + 2)) {
      frames.truncate(frame);
      return DEAD_END;
    }
    const step = this.#candidates.pop();
    const before = this.#state;
    this.#place(step);
    this.#state = (this.#kind[step] === READ ? this.#expects[step] : this.#makes[step]) as number;
    if (before !== UNDETERMINED && before !== this.#state && this.#isDead(before)) return DEAD_END;
    return this.#open();
  }

  /** Places the reads that fit, then opens a frame for the steps that may come next. */
  #open(): number {
    if (++this.#opened % CLOCK_INTERVAL === 0 && Date.now() > this.#limits.deadline) return GAVE_UP;
    const firstReturn = this.#placeReads();
    if (this.#requiredLeft === 0) return FOUND;
    const done = this.#done;
    while (this.#low < this.#high && done[this.#low] === -1) this.#low++;
    const hash = this.#hash ^ spread(this.#state);
    if (!this.#cache.add(hash, this.#state, done, this.#low, Math.max(this.#low, this.#high), this.#doneOptional))
      return DEAD_END;
    if (this.#cache.size >= this.#limits.maxConfigurations) return GAVE_UP;
    const base = this.#candidates.length;
    this.#gatherCandidates(firstReturn);
    if (this.#candidates.length === base) return DEAD_END;
    const frames = this.#frames;
    frames.push(this.#state);
    frames.push(this.#trail.length);
    frames.push(base);
    frames.push(this.#low);
    frames.push(this.#high);
    return OPENED;
  }

  /** Rule 1. Returns the first return that is left, which bounds the steps that may come next. */
  #placeReads(): number {
    const ring = this.#ring;
    let last = HEAD;
    for (let node = ring.first(); node !== HEAD; node = ring.next(last)) {
      if (!ring.isCall(node)) return node;
      const step = ring.stepAt(node);
      const kind = this.#kind[step];
      const holds = this.#expects[step] === this.#state;
      if ((kind === READ && holds) || (kind === MISMATCH && !holds)) this.#place(step);
      else last = node;
    }
    return HEAD;
  }

  /** If nobody knows what the register held first, it may be what the next read saw. */
  #mayComeNext(step: number): boolean {
    if (this.#kind[step] === WRITE) return true;
    if (this.#state === UNDETERMINED) return this.#kind[step] !== MISMATCH;
    return this.#kind[step] === CAS && this.#expects[step] === this.#state;
  }

  #gatherCandidates(firstReturn: number): void {
    const ring = this.#ring;
    const scan = ++this.#scan;
    const state = this.#state;
    let mismatchWaits = false;
    for (let node = ring.first(); node !== firstReturn; node = ring.next(node)) {
      const step = ring.stepAt(node);
      const expects = this.#expects[step] as number;
      const makes = this.#makes[step] as number;
      if (this.#kind[step] === MISMATCH) mismatchWaits = true;
      else if (expects !== NOTHING) this.#wantedIn[expects] = scan;
      if (makes !== NOTHING) this.#makerIn[makes] = scan;
    }
    const urgent = firstReturn === HEAD ? -1 : ring.stepAt(firstReturn);
    const wanted = urgent === -1 ? NOTHING : (this.#expects[urgent] as number);
    const isRead = urgent !== -1 && this.#kind[urgent] !== MISMATCH && wanted !== NOTHING && wanted !== state;
    if (isRead && state !== UNDETERMINED && this.#makerIn[wanted] !== scan) return;
    const base = this.#candidates.length;
    for (let node = ring.first(); node !== firstReturn; node = ring.next(node)) {
      const step = ring.stepAt(node);
      if (!this.#mayComeNext(step)) continue;
      const makes = this.#makes[step] as number;
      if (this.#required[step] === 0) {
        const useful = makes !== state && (this.#wantedIn[makes] === scan || mismatchWaits);
        if (!useful) continue;
      }
      this.#addCandidate(step, scan);
    }
    this.#promote(base, urgent, isRead ? wanted : NOTHING);
  }

  /** Rule 4. All compare-and-sets among the candidates expect the present value, so what they make tells them apart. */
  #addCandidate(step: number, scan: number): void {
    if (this.#state === UNDETERMINED && this.#kind[step] !== WRITE) {
      this.#candidates.push(step);
      return;
    }
    const makes = this.#makes[step] as number;
    const slot = this.#kind[step] === CAS ? this.#makerIn.length + makes : makes;
    if (this.#takenIn[slot] !== scan) {
      this.#takenIn[slot] = scan;
      this.#takenAt[slot] = this.#candidates.length;
      this.#candidates.push(step);
      return;
    }
    const place = this.#takenAt[slot] as number;
    const other = this.#candidates.at(place);
    if (this.#ring.deadline(step) < this.#ring.deadline(other)) this.#candidates.set(place, step);
  }

  /** Puts first, which is last on the stack, the step that must be over first, or one that makes what that step reads. */
  #promote(base: number, urgent: number, wanted: number): void {
    const candidates = this.#candidates;
    const last = candidates.length - 1;
    for (let at = base; at <= last; at++) {
      const step = candidates.at(at);
      if (wanted === NOTHING ? step !== urgent : this.#makes[step] !== wanted) continue;
      candidates.set(at, candidates.at(last));
      candidates.set(last, step);
      return;
    }
  }

  /** Rule 2. */
  #isDead(value: number): boolean {
    return (this.#readersLeft[value] as number) > 0 && this.#makersLeft[value] === 0;
  }

  #place(step: number): void {
    this.#ring.remove(step);
    this.#trail.push(step);
    this.#flip(step);
    this.#count(step, -1);
    const word = (this.#bit[step] as number) >> 5;
    if (this.#required[step] === 1 && word >= this.#high) this.#high = word + 1;
  }

  #backTo(length: number): void {
    while (this.#trail.length > length) {
      const step = this.#trail.pop();
      this.#ring.restore(step);
      this.#flip(step);
      this.#count(step, 1);
    }
  }

  #flip(step: number): void {
    const bit = this.#bit[step] as number;
    const bits = this.#required[step] === 1 ? this.#done : this.#doneOptional;
    bits[bit >> 5] = (bits[bit >> 5] as number) ^ (1 << (bit & 31));
    this.#hash ^= spread(step + 1);
  }

  #count(step: number, change: number): void {
    const expects = this.#expects[step] as number;
    const makes = this.#makes[step] as number;
    if (makes !== NOTHING) this.#makersLeft[makes] = (this.#makersLeft[makes] as number) + change;
    if (this.#required[step] === 0) return;
    this.#requiredLeft += change;
    if (expects !== NOTHING && this.#kind[step] !== MISMATCH)
      this.#readersLeft[expects] = (this.#readersLeft[expects] as number) + change;
  }
}

/** 32 well-spread bits for a small number: the finaliser of MurmurHash3 (Appleby, `fmix32`). */
function spread(number: number): number {
  let bits = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
