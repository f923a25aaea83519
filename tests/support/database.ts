/** Isolation levels that the reference database can have. */
export type Level = 'strict-serializable' | 'serializable' | 'snapshot-isolation' | 'read-committed';

/** What a transaction does with the database. */
export interface Session {
  get(key: string): unknown;
  /** Keys with a value that begin with a prefix. */
  keys(prefix: string): string[];
  /** Writes what a function makes of the value that is there when the write takes effect. */
  update(key: string, change: (before: unknown) => unknown): void;
}

/** Thrown by a transaction that refuses by itself: it has no effect. Not an Error, whose stack would cost more than the rest. */
export class Refusal {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/**
 * A multi-version store whose isolation levels are implemented as the textbooks have them, with no regard to checkers:
 *
 * - strict-serializable: a transaction happens in one step;
 * - serializable: as before, but one that only reads may see an old version of everything;
 * - snapshot-isolation: reads are from the moment of the first step, and the first of two concurrent writers of a key wins
 *   (Berenson and others 1995, section 4.2);
 * - read-committed: each read sees what was committed last; writes are applied together at commit.
 */
export class Database {
  readonly level: Level;
  #time = 0;
  readonly #versions = new Map<string, { readonly time: number; readonly value: unknown }[]>();

  constructor(level: Level) {
    this.level = level;
  }

  /** @param age how far back a serializable reader looks, in commits */
  begin(age = 0): Transaction {
    return new Transaction(this, Math.max(0, this.#time - (this.level === 'serializable' ? age : 0)));
  }

  get now(): number {
    return this.#time;
  }

  read(key: string, time: number): unknown {
    return this.#versions.get(key)?.findLast((version) => version.time <= time)?.value;
  }

  keysAt(prefix: string, time: number): string[] {
    return [...this.#versions.keys()].filter((key) => key.startsWith(prefix) && this.read(key, time) !== undefined);
  }

  changedSince(key: string, time: number): boolean {
    return (this.#versions.get(key)?.at(-1)?.time ?? 0) > time;
  }

  write(changes: ReadonlyMap<string, (before: unknown) => unknown>): void {
    this.#time++;
    for (const [key, change] of changes) {
      const versions = this.#versions.get(key) ?? [];
      versions.push({ time: this.#time, value: change(versions.at(-1)?.value) });
      this.#versions.set(key, versions);
    }
  }
}

export class Transaction implements Session {
  readonly #database: Database;
  readonly #snapshot: number;
  readonly #changes = new Map<string, (before: unknown) => unknown>();

  constructor(database: Database, snapshot: number) {
    this.#database = database;
    this.#snapshot = snapshot;
  }

  get(key: string): unknown {
    const committed = this.#database.read(key, this.#readTime);
    const change = this.#changes.get(key);
    return change === undefined ? committed : change(committed);
  }

  keys(prefix: string): string[] {
    const own = [...this.#changes.keys()].filter((key) => key.startsWith(prefix));
    return [...new Set([...this.#database.keysAt(prefix, this.#readTime), ...own])].sort();
  }

  update(key: string, change: (before: unknown) => unknown): void {
    const earlier = this.#changes.get(key);
    this.#changes.set(key, earlier === undefined ? change : (before) => change(earlier(before)));
  }

  /** @returns false where another transaction won: then nothing is applied */
  commit(): boolean {
    if (this.#changes.size === 0) return true;
    const { level } = this.#database;
    const keys = [...this.#changes.keys()];
    const stale = level === 'serializable' ? this.#snapshot < this.#database.now : this.#isOverwritten(keys);
    if (level !== 'read-committed' && stale) return false;
    this.#database.write(this.#changes);
    return true;
  }

  get #readTime(): number {
    return this.#database.level === 'read-committed' ? this.#database.now : this.#snapshot;
  }

  #isOverwritten(keys: readonly string[]): boolean {
    return keys.some((key) => this.#database.changedSince(key, this.#snapshot));
  }
}
