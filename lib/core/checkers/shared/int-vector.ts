/** A list of 32-bit numbers that grows: a tenth of the memory of a list of numbers, and no work for the collector. */
export class IntVector {
  #items: Int32Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#items = new Int32Array(Math.max(1, capacity));
  }

  get length(): number {
    return this.#length;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const larger = new Int32Array(this.#items.length * 2);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.#length++] = item;
  }

  pop(): number {
    return this.#items[--this.#length] as number;
  }

  at(index: number): number {
    return this.#items[index] as number;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
  }

  truncate(length: number): void {
    this.#length = length;
  }

  /** The items so far, without copying: valid until the next push. */
  view(): Int32Array {
    return this.#items.subarray(0, this.#length);
  }
}
