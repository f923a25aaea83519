import { IntVector } from '../shared/int-vector.ts';

/**
 * Configurations that a search has been in, compared exactly: a hash alone could take a new one for an old one and so call
 * a good history bad.
 */
export class ConfigurationCache {
  readonly #words = new IntVector(4096);
  /** Where each configuration lies in `words`, plus one; 0 is a free slot (open addressing). */
  #slots = new Int32Array(1024);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /**
   * @param bits which steps are done, of which `[from, to)` are the words that are neither all ones nor all zeroes
   * @returns false where the configuration was there before
   */
  add(hash: number, state: number, bits: Int32Array, from: number, to: number, optional: Int32Array): boolean {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let at = this.#slots[slot] as number; at !== 0; at = this.#slots[slot] as number) {
      if (this.#equals(at - 1, hash, state, bits, from, to, optional)) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#words.length + 1;
    this.#count++;
    const words = this.#words;
    words.push(hash);
    words.push(state);
    words.push(from);
    words.push(to);
    for (let word = from; word < to; word++) words.push(bits[word] as number);
    for (let word = 0; word < optional.length; word++) words.push(optional[word] as number);
    return true;
  }

  #equals(
    at: number,
    hash: number,
    state: number,
    bits: Int32Array,
    from: number,
    to: number,
    optional: Int32Array,
  ): boolean {
    const words = this.#words;
    if (words.at(at) !== hash || words.at(at + 1) !== state) return false;
    if (words.at(at + 2) !== from || words.at(at + 3) !== to) return false;
    let next = at + 4;
    for (let word = from; word < to; word++) if (words.at(next++) !== bits[word]) return false;
    for (let word = 0; word < optional.length; word++) if (words.at(next++) !== optional[word]) return false;
    return true;
  }

  #grow(): void {
    const larger = new Int32Array(this.#slots.length * 2);
    const mask = larger.length - 1;
    for (const at of this.#slots) {
      if (at === 0) continue;
      let slot = this.#words.at(at - 1) & mask;
      while (larger[slot] !== 0) slot = (slot + 1) & mask;
      larger[slot] = at;
    }
    this.#slots = larger;
  }
}
