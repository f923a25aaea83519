import { HistoryError } from '../../history/history.ts';
import { EdnMap, EdnSet, type EdnValue, Keyword, printEdn, Tagged, Verbatim } from './edn-values.ts';

/*
 * EDN as a stream of bytes, since a history of a million transactions has 300 MB: the library that read it before held the
 * whole text as one string and took 55 s, and no package of npm reads EDN form by form. Memory is that of the longest form.
 */

/** A form longer than this is refused, bytes. */
const LONGEST_FORM = 1 << 26;
/** Deeper nesting is refused. */
const DEEPEST = 200;
/** From this size on an unfinished form is tried again only when it has doubled. */
const LARGE = 1 << 20;

const INCOMPLETE = Symbol('incomplete');
/** Nothing where a value might have been: the end of a collection, or of the file. */
const END = Symbol('end');

const WHITESPACE = 1;
const DELIMITER = 2;
const DIGIT = 4;

const CLASSES = new Uint8Array(256);
for (const char of ' ,\t\n\r\f\v') CLASSES[char.charCodeAt(0)] = WHITESPACE | DELIMITER;
for (const char of '()[]{}";^`~@\\') CLASSES[char.charCodeAt(0)] = DELIMITER;
for (const char of '0123456789') CLASSES[char.charCodeAt(0)] = DIGIT;

const code = (char: string): number => char.charCodeAt(0);
const [LF, CR, QUOTE, BACKSLASH, HASH, COLON, SEMICOLON, CARET, MINUS, PLUS, UNDERSCORE] = [...'\n\r"\\#:;^-+_'].map(
  code,
);
const [SPACE, ZERO, NINE] = [...' 09'].map(code) as [number, number, number];
const [PAREN, BRACKET, BRACE, PAREN_END, BRACKET_END, BRACE_END] = [...'([{)]}'].map(code);

/** No byte: 0 is one that a file may hold. */
const NO_BRACKET = -1;

/** Whole numbers of so many digits at most need no double. */
const SMALL = 9;

/** Remembers so many of the last names, so that each is made a string only once. */
const NAMES = 4096;

/**
 * Reads EDN in pieces and hands over each top-level form; of a file that is one vector or list, each form in it.
 *
 * @throws HistoryError with the line, if the text is not EDN
 */
export class EdnReader {
  readonly #visit: (form: EdnValue, line: number) => void;
  /** Marks of byte order inside the file belong to the text that holds them. */
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #names: (string | undefined)[] = new Array(NAMES);
  readonly #keywords: (Keyword | undefined)[] = new Array(NAMES);
  #bytes = new Uint8Array(0);
  #at = 0;
  #line = 1;
  #depth = 0;
  /** Items of the collections that are open: a list that grows by itself would take several times the memory of its items. */
  readonly #stack: EdnValue[] = [];
  #top = 0;
  #isLast = false;
  readonly #waiting: Uint8Array[] = [];
  #waitingSize = 0;
  #needed = 0;
  /** The bracket that ends the vector or list around all forms. */
  #closing = NO_BRACKET;
  #forms = 0;
  #isClosed = false;

  constructor(visit: (form: EdnValue, line: number) => void) {
    this.#visit = visit;
  }

  write(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    this.#waitingSize += chunk.length;
    if (this.#bytes.length - this.#at + this.#waitingSize >= this.#needed) this.#readForms();
  }

  end(): void {
    this.#isLast = true;
    this.#readForms();
    if (this.#closing !== NO_BRACKET && !this.#isClosed)
      throw this.#error(`the file ends before its "${String.fromCharCode(this.#closing)}"`);
  }

  #readForms(): void {
    const rest = this.#bytes.subarray(this.#at);
    const bytes = new Uint8Array(rest.length + this.#waitingSize);
    bytes.set(rest);
    let at = rest.length;
    for (const chunk of this.#waiting.splice(0)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#waitingSize = 0;
    this.#bytes = bytes;
    this.#at = 0;
    for (;;) {
      const [begin, line] = [this.#at, this.#line];
      try {
        if (!this.#readForm()) return;
      } catch (error) {
        if (error !== INCOMPLETE) throw error;
        this.#at = begin;
        this.#line = line;
        this.#depth = 0;
        this.#top = 0;
        const size = this.#bytes.length - begin;
        if (size > LONGEST_FORM) throw this.#error(`a form of more than ${LONGEST_FORM >> 20} MB begins here`);
        this.#needed = size > LARGE ? 2 * size : 0;
        return;
      }
    }
  }

  /** @returns false at the end of the data */
  #readForm(): boolean {
    if (!this.#skipBlank()) return false;
    const byte = this.#bytes[this.#at] as number;
    if (this.#isClosed) throw this.#error('something follows the vector or list that holds the history');
    if (byte === this.#closing) {
      this.#at++;
      this.#isClosed = true;
      return true;
    }
    if ((byte === BRACKET || byte === PAREN) && this.#closing === NO_BRACKET && this.#forms === 0) {
      this.#at++;
      this.#closing = (byte === BRACKET ? BRACKET_END : PAREN_END) as number;
      return true;
    }
    const line = this.#line;
    const value = this.#value();
    if (value === END) throw this.#error(`"${String.fromCharCode(this.#bytes[this.#at] as number)}" closes nothing`);
    this.#forms++;
    this.#visit(value, line);
    return true;
  }

  /** Skips whitespace, comments, discarded forms and metadata. @returns false at the end of the data */
  #skipBlank(): boolean {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return false;
      if (((CLASSES[byte] as number) & WHITESPACE) !== 0) {
        this.#at++;
        if (byte === LF || (byte === CR && this.#peek(0) !== LF)) this.#line++;
      } else if (byte === SEMICOLON) {
        while (this.#at < this.#bytes.length && this.#bytes[this.#at] !== LF && this.#bytes[this.#at] !== CR)
          this.#at++;
        if (this.#at === this.#bytes.length && !this.#isLast) throw INCOMPLETE;
      } else if (byte === HASH && this.#peek(1) === UNDERSCORE) {
        this.#at += 2;
        this.#required('after #_');
      } else if (byte === CARET) {
        this.#at++;
        this.#required('after ^');
        // What the metadata is about follows.
      } else if (
        byte === 0xef &&
        this.#forms === 0 &&
        this.#closing === NO_BRACKET &&
        this.#peek(1) === 0xbb &&
        this.#peek(2) === 0xbf
      ) {
        this.#at += 3; // A byte order mark.
      } else return true;
    }
  }

  #peek(ahead: number): number | undefined {
    const byte = this.#bytes[this.#at + ahead];
    if (byte === undefined && !this.#isLast) throw INCOMPLETE;
    return byte;
  }

  #required(where: string): EdnValue {
    const value = this.#skipBlank() ? this.#value() : this.#ended();
    if (value === END) throw this.#error(`a form is missing ${where}`);
    return value;
  }

  #ended(): never {
    if (!this.#isLast) throw INCOMPLETE;
    throw this.#error('the file ends in the middle of a form');
  }

  /** The value at the current place, which is not blank; `END` at a closing bracket. */
  #value(): EdnValue | typeof END {
    const byte = this.#bytes[this.#at] as number;
    switch (byte) {
      case BRACE:
        return this.#map();
      case BRACKET:
        return this.#items(BRACKET_END as number);
      case PAREN:
        return this.#items(PAREN_END as number);
      case PAREN_END:
      case BRACKET_END:
      case BRACE_END:
        return END;
      case QUOTE:
        return this.#string();
      case COLON:
        return this.#keyword();
      case BACKSLASH:
        return this.#character();
      case HASH:
        return this.#dispatch();
      default:
        if (((CLASSES[byte] as number) & DIGIT) !== 0) return this.#number();
        if ((byte === MINUS || byte === PLUS) && ((CLASSES[this.#peek(1) ?? 0] as number) & DIGIT) !== 0)
          return this.#number();
        return this.#symbol();
    }
  }

  /** The items of a collection, up to its closing bracket. */
  #items(closing: number): EdnValue[] {
    if (++this.#depth > DEEPEST) throw this.#error(`more than ${DEEPEST} collections within each other`);
    const base = this.#top;
    const bytes = this.#bytes;
    const stack = this.#stack;
    this.#at++;
    for (;;) {
      this.#smallNumbers();
      if (!this.#skipBlank()) this.#ended();
      const value = this.#value();
      if (value !== END) stack[this.#top++] = value;
      else if (bytes[this.#at] === closing) {
        this.#at++;
        this.#depth--;
        const items = stack.slice(base, this.#top);
        this.#top = base;
        return items;
      } else
        throw this.#error(
          `"${String.fromCharCode(bytes[this.#at] as number)}" stands where "${String.fromCharCode(closing)}" must end a collection`,
        );
    }
  }

  /** Most of a history is small whole numbers between single spaces: they are put on the stack here, without a call for each. */
  #smallNumbers(): void {
    const bytes = this.#bytes;
    const stack = this.#stack;
    let top = this.#top;
    let next = this.#at;
    for (;;) {
      let at = next;
      let byte = bytes[at] as number;
      if (byte === SPACE) byte = bytes[++at] as number;
      if (!(byte > ZERO && byte <= NINE)) break;
      const end = at + SMALL;
      let number = 0;
      do {
        number = number * 10 + byte - ZERO;
        byte = bytes[++at] as number;
      } while (byte >= ZERO && byte <= NINE && at < end);
      if (byte !== SPACE && byte !== BRACKET_END) break;
      stack[top++] = number;
      next = at;
    }
    this.#top = top;
    this.#at = next;
  }

  #map(): EdnMap {
    const entries = this.#items(BRACE_END as number);
    if (entries.length % 2 !== 0) throw this.#error('a map holds a key without a value');
    for (let at = 2; at < entries.length; at += 2)
      for (let before = 0; before < at; before += 2)
        if (entries[before] === entries[at])
          throw this.#error(`a map holds the key ${printEdn(entries[at] as EdnValue)} twice`);
    return new EdnMap(entries);
  }

  #dispatch(): EdnValue {
    const next = this.#peek(1);
    if (next === BRACE) {
      this.#at++;
      const items = this.#items(BRACE_END as number);
      if (new Set(items.map(printEdn)).size < items.length) throw this.#error('a set holds a value twice');
      return new EdnSet(items);
    }
    if (next === HASH) {
      this.#at += 2;
      return new Verbatim(`##${this.#name('a symbolic value')}`);
    }
    this.#at++;
    const tag = this.#name('a tag');
    const value = this.#required(`after #${tag}`);
    // Records of the history itself are maps.
    if (tag === 'jepsen.history.Op' && value instanceof EdnMap) return value;
    if (tag === 'inst' && typeof value === 'string' && !Number.isNaN(Date.parse(value)))
      return new Tagged(tag, instantOf(value));
    if (tag === 'uuid' && typeof value === 'string') return new Tagged(tag, value.toLowerCase());
    return new Tagged(tag, value);
  }

  #number(): EdnValue {
    const begin = this.#at;
    const isNegative = this.#bytes[begin] === MINUS;
    let at = isNegative || this.#bytes[begin] === PLUS ? begin + 1 : begin;
    const first = at;
    let number = 0;
    let byte = this.#bytes[at];
    while (byte !== undefined && ((CLASSES[byte] as number) & DIGIT) !== 0) {
      number = number * 10 + byte - 48;
      byte = this.#bytes[++at];
    }
    if (byte === undefined && !this.#isLast) throw INCOMPLETE;
    const isPlain = byte === undefined || ((CLASSES[byte] as number) & DELIMITER) !== 0;
    if (isPlain && at - first <= 15 && (this.#bytes[first] !== 48 || at - first === 1)) {
      this.#at = at;
      return isNegative && number !== 0 ? -number : number;
    }
    return this.#longNumber(this.#name('a number'));
  }

  #longNumber(text: string): EdnValue {
    const [, whole] = /^([+-]?(?:0|[1-9]\d*))N?$/.exec(text) ?? [];
    if (whole !== undefined) return smallest(BigInt(whole));
    const [, above, below] = /^([+-]?(?:0|[1-9]\d*))\/([1-9]\d*)$/.exec(text) ?? [];
    if (above !== undefined && below !== undefined) return ratio(BigInt(above), BigInt(below));
    if (!/^[+-]?(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][+-]?\d+)?M?$/.test(text)) throw this.#error(`${text} is not a number`);
    if (text.endsWith('M')) return new Verbatim(text.replace(/^\+/, ''));
    const number = Number(text);
    if (!Number.isInteger(number))
      return Number.isFinite(number) ? number : new Verbatim(number > 0 ? '##Inf' : '##-Inf');
    return new Verbatim(/[.e]/.test(String(number)) ? String(number) : `${number === 0 ? 0 : number}.0`);
  }

  #symbol(): EdnValue {
    const name = this.#name('a symbol');
    if (name === 'nil') return null;
    if (name === 'true' || name === 'false') return name === 'true';
    return new Verbatim(name);
  }

  #character(): EdnValue {
    this.#at++;
    const begin = this.#at;
    this.#peek(0);
    this.#at++;
    while (this.#at < this.#bytes.length && ((CLASSES[this.#bytes[this.#at] as number] as number) & DELIMITER) === 0)
      this.#at++;
    if (this.#at === this.#bytes.length && !this.#isLast) throw INCOMPLETE;
    return new Verbatim(`\\${this.#decode(begin, this.#at)}`);
  }

  #keyword(): Keyword {
    const begin = ++this.#at;
    const slot = this.#skipName('a keyword') & (NAMES - 1);
    const known = this.#keywords[slot];
    if (known !== undefined && this.#reads(known.name, begin)) return known;
    const keyword = Keyword.of(this.#decode(begin, this.#at));
    this.#keywords[slot] = keyword;
    return keyword;
  }

  /** A symbol's or tag's name, or the text of a number. */
  #name(what: string): string {
    const begin = this.#at;
    const slot = this.#skipName(what) & (NAMES - 1);
    const known = this.#names[slot];
    if (known !== undefined && this.#reads(known, begin)) return known;
    const name = this.#decode(begin, this.#at);
    this.#names[slot] = name;
    return name;
  }

  /** @returns a hash of the name */
  #skipName(what: string): number {
    const bytes = this.#bytes;
    const begin = this.#at;
    let at = begin;
    let hash = 0;
    let byte = bytes[at];
    while (byte !== undefined && ((CLASSES[byte] as number) & DELIMITER) === 0) {
      hash = (Math.imul(hash, 31) + byte) | 0;
      byte = bytes[++at];
    }
    if (byte === undefined && !this.#isLast) throw INCOMPLETE;
    if (at === begin)
      throw this.#error(`${what} is missing${byte === undefined ? '' : ` before "${String.fromCharCode(byte)}"`}`);
    this.#at = at;
    return hash;
  }

  /** Whether what was read from `begin` on is this name. */
  #reads(name: string, begin: number): boolean {
    if (name.length !== this.#at - begin) return false;
    for (let index = 0; index < name.length; index++)
      if (name.charCodeAt(index) !== this.#bytes[begin + index]) return false;
    return true;
  }

  #string(): string {
    const bytes = this.#bytes;
    const begin = ++this.#at;
    let at = begin;
    let lines = 0;
    let isEscaped = false;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined) this.#ended();
      if (byte === QUOTE) break;
      if (byte === LF) lines++;
      if (byte === BACKSLASH) {
        isEscaped = true;
        at++;
      }
      at++;
    }
    const text = this.#decode(begin, at);
    this.#at = at + 1;
    this.#line += lines;
    return isEscaped ? this.#unescape(text) : text;
  }

  #unescape(text: string): string {
    return text.replace(/\\(u[0-9a-fA-F]{4}|[0-7]{1,3}|[\s\S])/g, (whole, letters: string) => {
      const plain = ESCAPES[letters];
      if (plain !== undefined) return plain;
      if (letters.length === 5) return String.fromCharCode(Number.parseInt(letters.slice(1), 16));
      if (/^[0-7]/.test(letters)) return String.fromCharCode(Number.parseInt(letters, 8));
      throw this.#error(`${whole} is not an escape of EDN`);
    });
  }

  #decode(begin: number, end: number): string {
    const bytes = this.#bytes;
    if (end - begin > 24) return this.#decodeLong(begin, end);
    let text = '';
    for (let at = begin; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte > 127) return this.#decodeLong(begin, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #decodeLong(begin: number, end: number): string {
    try {
      return this.#decoder.decode(this.#bytes.subarray(begin, end));
    } catch {
      throw this.#error('the text is not UTF-8');
    }
  }

  #error(what: string): HistoryError {
    return new HistoryError(`Line ${this.#line} is not EDN: ${what}.`);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', b: '\b', f: '\f', '\\': '\\', '"': '"' };

const smallest = (whole: bigint): number | bigint => {
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : whole;
};

function ratio(above: bigint, below: bigint): EdnValue {
  let [a, b] = [above < 0n ? -above : above, below];
  while (b !== 0n) [a, b] = [b, a % b];
  return below === a ? smallest(above / a) : new Verbatim(`${above / a}/${below / a}`);
}

/** Digits after the third, which a Date has no room for, are kept. */
function instantOf(text: string): string {
  const [, finer = ''] = /\.\d{3}(\d*?)0*(?:Z|[-+]\d\d:\d\d|$)/.exec(text) ?? [];
  return new Date(text).toISOString().replace('Z', `${finer}Z`);
}
