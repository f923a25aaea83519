import { type FileHandle, open } from 'node:fs/promises';

/** Counts the operations in a history while it is being written. */
export class HistoryTail {
  readonly #path: string;
  #file: FileHandle | undefined;
  #position = 0;
  readonly #buffer = Buffer.alloc(1 << 20);
  operations = 0;
  notOk = 0;
  /** How far set-up is with the records that the scenario starts from, e.g. `seeded 4000 of 100000 usertable`. */
  seeding: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Counts what has come since the last look. */
  async look(): Promise<void> {
    this.#file ??= await open(this.#path).catch(() => undefined);
    for (;;) {
      const { bytesRead = 0 } = (await this.#file?.read(this.#buffer, 0, this.#buffer.length, this.#position)) ?? {};
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const text = this.#buffer.toString('latin1', 0, bytesRead);
      this.operations += occurrences(text, '"outcome":"');
      if (this.operations === 0) this.seeding = text.match(/^seeded \d+ of \d+ .*$/gm)?.at(-1) ?? this.seeding;
      this.notOk += occurrences(text, '"outcome":"') - occurrences(text, '"outcome":"ok"');
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) count++;
  return count;
}
