/** What EDN holds (github.com/edn-format/edn). Vectors and lists are arrays, as Clojure takes them for equal. */
export type EdnValue =
  | null
  | boolean
  | string
  /** A whole number up to 2^53, or a fraction. */
  | number
  /** A greater whole number. */
  | bigint
  | Keyword
  | Verbatim
  | EdnMap
  | EdnSet
  | Tagged
  | readonly EdnValue[];

/** The same keyword is the same object. */
export class Keyword {
  readonly name: string;
  readonly text: string;
  private constructor(name: string) {
    this.name = name;
    this.text = `:${name}`;
  }

  static readonly #all = new Map<string, Keyword>();

  static of(name: string): Keyword {
    let keyword = Keyword.#all.get(name);
    if (keyword === undefined) {
      keyword = new Keyword(name);
      Keyword.#all.set(name, keyword);
    }
    return keyword;
  }
}

/** A value that is known by its text alone: a symbol, character, ratio, decimal, whole number written as a fraction, or NaN. */
export class Verbatim {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export class EdnMap {
  /** Key, value, key, value, … */
  readonly entries: readonly EdnValue[];
  constructor(entries: readonly EdnValue[]) {
    this.entries = entries;
  }
}

export class EdnSet {
  readonly items: readonly EdnValue[];
  constructor(items: readonly EdnValue[]) {
    this.items = items;
  }
}

export class Tagged {
  readonly tag: string;
  readonly value: EdnValue;
  constructor(tag: string, value: EdnValue) {
    this.tag = tag;
    this.value = value;
  }
}

/** The text of a value; equal values have the same text, whatever order sets and maps were written in. */
export function printEdn(value: EdnValue): string {
  if (value === null) return 'nil';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Keyword || value instanceof Verbatim) return value.text;
  if (value instanceof EdnSet) return `#{${value.items.map(printEdn).sort().join(' ')}}`;
  if (value instanceof Tagged) return `#${value.tag} ${printEdn(value.value)}`;
  if (value instanceof EdnMap) {
    const pairs: string[] = [];
    for (let at = 0; at < value.entries.length; at += 2)
      pairs.push(`${printEdn(value.entries[at] as EdnValue)} ${printEdn(value.entries[at + 1] as EdnValue)}`);
    return `{${pairs.sort().join(', ')}}`;
  }
  return `[${value.map(printEdn).join(' ')}]`;
}

/** What a history holds in the place of an EDN value: equal exactly for equal values, types included. */
export type Scalar = string | number | boolean | null;

/** Texts that some other value prints as. */
const AMBIGUOUS = /^(?:[:[({#"'\\^]|[+-]?\d)/;

/**
 * A value as a history of this suite keeps it. Small numbers, nil, booleans and most strings stay as they are; anything else
 * becomes its text (a symbol after a quote), and a string that looks like such a text keeps its quotes: `:a` and `"a"`, `7` and
 * `"7"` stay different.
 */
export function scalarOf(value: EdnValue): Scalar {
  if (typeof value === 'string') return AMBIGUOUS.test(value) ? JSON.stringify(value) : value;
  if (value instanceof Keyword) return value.text;
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const text = printEdn(value);
  return AMBIGUOUS.test(text) ? text : `'${text}`;
}

/** A value as the name of an object, or as an element: never nil or a boolean. */
export function nameOf(value: EdnValue): string | number {
  const scalar = scalarOf(value);
  return typeof scalar === 'string' || typeof scalar === 'number' ? scalar : `'${printEdn(value)}`;
}

/** The text of what `scalarOf` gave. */
export function printScalar(value: unknown): string {
  if (typeof value === 'string' && value.startsWith("'")) return value.slice(1);
  if (typeof value === 'string') return AMBIGUOUS.test(value) ? value : JSON.stringify(value);
  return value === null || value === undefined ? 'nil' : String(value);
}
