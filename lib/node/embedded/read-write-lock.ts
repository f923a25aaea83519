import { setTimeout as pause } from 'node:timers/promises';

/** Runs work side by side (`shared`), or one piece of it alone (`exclusive`), after all that began before it. */
export class ReadWriteLock {
  readonly #inside = new Set<Promise<unknown>>();
  readonly #patience: number;
  #closed: Promise<unknown> | undefined;

  /** @param patience how long exclusive work waits for shared work that takes long, in milliseconds */
  constructor(patience: number) {
    this.#patience = patience;
  }

  async shared<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed !== undefined) await this.#closed;
    const running = work();
    this.#inside.add(running);
    try {
      return await running;
    } finally {
      this.#inside.delete(running);
    }
  }

  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed !== undefined) await this.#closed;
    const tooLong = pause(this.#patience, undefined, { ref: false });
    const running = Promise.race([Promise.allSettled(this.#inside), tooLong])
      .then(work)
      .finally(() => {
        this.#closed = undefined;
      });
    this.#closed = running.catch(() => undefined);
    return running;
  }
}
