import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Operation, parseOperation } from '../../../core/history/history.ts';
import { bareFunction } from '../../../core/history/history-parts.ts';
import { OUTCOMES } from '../../../core/protocols/outcome.ts';
import { subjectOf } from '../../../core/verdict/check-findings.ts';
import { linesOfFile } from '../../load/history/history-file.ts';

/** What operations of a history are wanted; absent fields match all. */
export interface HistoryFilter {
  readonly client?: number;
  /** A record, register or element, as reports name it. */
  readonly key?: string;
  readonly node?: string;
  readonly function?: string;
  readonly outcome?: string;
  /** Milliseconds: operations that overlap this span. */
  readonly from?: number;
  readonly to?: number;
}

export interface HistoryPage {
  /** Operations that match, among those indexed so far. */
  readonly total: number;
  readonly operations: readonly Operation[];
}

/** Operations of a chunk. Chunks are added as the index grows, so that nothing is copied. */
const CHUNK = 1 << 18;

/** Columns of the operations of one chunk: 33 bytes an operation. */
class Chunk {
  readonly start = new Float64Array(CHUNK);
  readonly end = new Float64Array(CHUNK);
  /** Where its line begins in the uncompressed copy. */
  readonly offset = new Float64Array(CHUNK);
  readonly process = new Uint32Array(CHUNK);
  readonly key = new Uint32Array(CHUNK);
  readonly node = new Uint8Array(CHUNK);
  readonly f = new Uint8Array(CHUNK);
  readonly outcome = new Uint8Array(CHUNK);
}

/** Names with their codes, in order of appearance. */
class Dictionary {
  readonly names: string[] = [];
  readonly #codes = new Map<string, number>();

  codeOf(name: string): number {
    let code = this.#codes.get(name);
    if (code === undefined) {
      code = this.names.push(name) - 1;
      this.#codes.set(name, code);
    }
    return code;
  }

  /** @returns undefined for a name that never occurred */
  find(name: string): number | undefined {
    return this.#codes.get(name);
  }
}

/**
 * Finds operations of a history without holding them: columns of numbers in memory, and an uncompressed copy of the lines in
 * a temporary file without a name, which the operating system removes with the process. Can be asked while it is built.
 */
export class HistoryIndex {
  readonly nodes = new Dictionary();
  readonly functions = new Dictionary();
  readonly #outcomes = new Dictionary();
  readonly #chunks: Chunk[] = [];
  readonly #lines: FileHandle;
  #count = 0;
  #bytes = 0;
  #isComplete = false;

  private constructor(lines: FileHandle) {
    this.#lines = lines;
    for (const outcome of OUTCOMES) this.#outcomes.codeOf(outcome);
  }

  static async create(): Promise<HistoryIndex> {
    const folder = mkdtempSync(join(tmpdir(), 'history-'));
    try {
      return new HistoryIndex(await open(join(folder, 'lines'), 'w+'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Operations indexed so far. */
  get count(): number {
    return this.#count;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Indexes a history file, `.ndjson` or `.ndjson.gz`. Lines that are not whole operations are skipped. */
  async build(path: string, signal?: AbortSignal): Promise<void> {
    for await (const lines of linesOfFile(path)) {
      if (signal?.aborted) return;
      const read = lines.flatMap((line) => {
        const operation = parseOperation(line);
        return operation === undefined ? [] : [{ line, operation }];
      });
      if (read.length > 0) await this.#lines.appendFile(`${read.map(({ line }) => line).join('\n')}\n`);
      // Indexed after they are written, so that whoever asks meanwhile can read them.
      for (const { line, operation } of read) {
        this.#add(operation, this.#bytes);
        this.#bytes += Buffer.byteLength(line) + 1;
      }
    }
    this.#isComplete = true;
  }

  #add(operation: Operation, offset: number): void {
    const at = this.#count % CHUNK;
    if (at === 0) this.#chunks.push(new Chunk());
    const chunk = this.#chunks[this.#chunks.length - 1] as Chunk;
    const subject = subjectOf(operation);
    chunk.start[at] = operation.start;
    chunk.end[at] = operation.end ?? Number.POSITIVE_INFINITY;
    chunk.offset[at] = offset;
    chunk.process[at] = operation.process;
    chunk.key[at] = subject === undefined ? 0 : hashOf(subject);
    chunk.node[at] = this.nodes.codeOf(operation.node);
    chunk.f[at] = this.functions.codeOf(bareFunction(operation.f));
    chunk.outcome[at] = this.#outcomes.codeOf(operation.outcome);
    this.#count++;
  }

  /** Operations that match, in the order of the history. @param skip how many of them come before the page */
  async find(filter: HistoryFilter, skip: number, most: number): Promise<HistoryPage> {
    const codes = {
      node: codeOf(this.nodes, filter.node),
      f: codeOf(this.functions, filter.function),
      outcome: codeOf(this.#outcomes, filter.outcome),
      key: filter.key === undefined ? ANY : hashOf(filter.key),
      process: filter.client ?? ANY,
    };
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = filter;
    const offsets: number[] = [];
    let total = 0;
    for (const [index, chunk] of this.#chunks.entries()) {
      const { start, end, offset, process, key, node, f, outcome } = chunk;
      const length = Math.min(CHUNK, this.#count - index * CHUNK);
      for (let at = 0; at < length; at++) {
        if (codes.process !== ANY && process[at] !== codes.process) continue;
        if (codes.key !== ANY && key[at] !== codes.key) continue;
        if (codes.node !== ANY && node[at] !== codes.node) continue;
        if (codes.f !== ANY && f[at] !== codes.f) continue;
        if (codes.outcome !== ANY && outcome[at] !== codes.outcome) continue;
        if ((start[at] as number) > to || (end[at] as number) < from) continue;
        if (total >= skip && offsets.length < most) offsets.push(offset[at] as number);
        total++;
      }
    }
    return { total, operations: await Promise.all(offsets.map((offset) => this.#read(offset))) };
  }

  async #read(offset: number): Promise<Operation> {
    let size = 1024;
    for (;;) {
      const { buffer, bytesRead } = await this.#lines.read(Buffer.alloc(size), 0, size, offset);
      const end = buffer.indexOf(0x0a);
      if (end >= 0 && end < bytesRead) return JSON.parse(buffer.toString('utf8', 0, end)) as Operation;
      if (bytesRead < size) throw new Error(`line at ${offset} is not whole`);
      size *= 8;
    }
  }

  close(): Promise<void> {
    return this.#lines.close();
  }
}

/** No filter. */
const ANY = -1;
/** Matches nothing. */
const NONE = -2;

const codeOf = (dictionary: Dictionary, name: string | undefined): number =>
  name === undefined ? ANY : (dictionary.find(name) ?? NONE);

/** FNV-1a, 32 bits: two of a million keys share a hash by chance, and a page may then show an operation too many. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
