import { HistoryError } from '../history/history.ts';
import type { ForeignHistory } from './foreign-history.ts';
import { JepsenEdn } from './jepsen-edn.ts';
import { JEPSEN_LOG_LINE, readJepsenLog } from './jepsen-log.ts';
import type { Workload } from './jepsen-workloads.ts';
import { readPorcupineJson } from './porcupine-json.ts';

/** Formats of histories that other tools record. */
export const FOREIGN_FORMATS = ['jepsen-edn', 'jepsen-log', 'porcupine-json'] as const;
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number];

/** How EDN may begin: a comment, a discarded form, metadata, a tag, or one of its collections. */
const EDN_START = /^(?:;|#_|\^|#[A-Za-z]|\(|\[|\{)/;
/** JSON with the field names of Porcupine's operations. */
const PORCUPINE_START = /^\[?\s*\{\s*"(?:ClientId|Input|Call|Output|Return|Metadata)"\s*:/;
/** The header of a history of this suite, or an operation of one. */
const OWN_START = /^\{"(?:history|process)":/;

/**
 * Tells another tool's history by how it begins.
 * @param beginning some kilobytes
 * @returns undefined if it is none of them; this suite's own begin with a header in JSON
 */
export function recogniseFormat(beginning: string): ForeignFormat | undefined {
  const text = beginning.replace(/^\uFEFF/, '').trimStart();
  if (OWN_START.test(text)) return undefined;
  if (PORCUPINE_START.test(text)) return 'porcupine-json';
  // Logs begin with whatever the test said first.
  if (text.split(/\r\n|\n|\r/).some((line) => JEPSEN_LOG_LINE.test(line))) return 'jepsen-log';
  return EDN_START.test(text.replace(/^[\s,]+/, '')) ? 'jepsen-edn' : undefined;
}

/** Reads another tool's history piece by piece. */
export interface ForeignReader {
  /** Operations so far. */
  readonly size: number;
  write(chunk: Uint8Array): void;
  /** @throws HistoryError if the text is not of this format, or records what no checker here understands */
  end(): ForeignHistory;
}

/** @param workload what it records; if absent it is read from the content */
export function foreignReader(format: ForeignFormat, workload?: Workload): ForeignReader {
  if (format === 'jepsen-edn') return new JepsenEdn(workload);
  if (workload !== undefined && workload !== 'cas-register')
    throw new HistoryError(`A history in the format ${format} is of registers: --as ${workload} does not apply to it.`);
  return new WholeText(format === 'jepsen-log' ? readJepsenLog : readPorcupineJson);
}

/** Formats whose files are small are read as one text. */
class WholeText implements ForeignReader {
  readonly size = 0;
  readonly #read: (text: string) => ForeignHistory;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(read: (text: string) => ForeignHistory) {
    this.#read = read;
  }

  write(chunk: Uint8Array): void {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    if (this.#text.length > LONGEST_TEXT)
      throw new HistoryError(`It is longer than ${LONGEST_TEXT >> 20} MB, more than is read of this format.`);
  }

  end(): ForeignHistory {
    return this.#read(this.#text);
  }
}

const LONGEST_TEXT = 1 << 28;
