import type { ConnectionWatch } from './proxy.ts';

const WRITE = /^(POST \/sql\b.*\b(CREATE|INSERT|UPSERT|UPDATE|DELETE|RELATE)\b|(POST|PUT|PATCH|DELETE) \/key\/)/s;

/** Acknowledgements of writes, as they are delivered to the load. One request at a time is under way on a connection of HTTP/1.1. */
export class Acknowledgements {
  readonly #waiting = new Set<(node: string) => void>();

  /** Watches one connection of the load to a node. */
  watch(node: string): ConnectionWatch {
    let isWrite = false;
    return {
      request: (chunk) => {
        isWrite = WRITE.test(chunk.toString('latin1'));
      },
      response: (chunk) => {
        const answer = chunk.toString('latin1');
        if (!isWrite || !answer.startsWith('HTTP/1.1 200') || answer.includes('"ERR"')) return;
        isWrite = false;
        for (const each of [...this.#waiting]) each(node);
      },
    };
  }

  /**
   * The next acknowledgement by one of some nodes.
   * @returns whether there was one in time
   * @throws the signal's reason
   */
  next(nodes: readonly string[], limitMs: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(seen);
        signal.removeEventListener('abort', abort);
        settle();
      };
      const seen = (node: string) => {
        if (nodes.includes(node)) end(() => resolve(true));
      };
      const abort = () => end(() => reject(signal.reason));
      const timer = setTimeout(() => end(() => resolve(false)), limitMs);
      this.#waiting.add(seen);
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}
