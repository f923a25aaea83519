import { parseEDNString } from 'edn-data';
import { EdnReader } from '../../lib/core/converters/edn/edn-reader.ts';
import {
  EdnMap,
  EdnSet,
  type EdnValue,
  Keyword,
  printEdn,
  Tagged,
  Verbatim,
} from '../../lib/core/converters/edn/edn-values.ts';
import { foreignReader, recogniseFormat } from '../../lib/core/converters/recognise.ts';
import { HistoryError, type Operation, parseHeader, parseOperation } from '../../lib/core/history/history.ts';
import { Failure } from '../../lib/node/cli/errors.ts';
import { checkHistory } from '../../lib/node/load/checks.ts';

/** What a mutated file came to: a verdict, or the message of its refusal. */
export interface Fuzzed {
  readonly text: string;
  readonly result: string;
  readonly milliseconds: number;
}

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '#{',
  '"',
  '\\',
  ';',
  '#_',
  '^',
  ':',
  'nil',
  '1/2',
  '##NaN',
  '9007199254740993',
  '-1',
  '01',
  '1e400',
  '\u0000',
  '\uFEFF',
  '\r',
  '\n',
  ' ',
  ',',
  ':nemesis',
  ':ok',
  ':invoke',
  ':info',
  ':fail',
  ':r',
  ':append',
  ':w',
  '{:a 1}',
  '#{1}',
  '[1 2]',
  '"x"',
  '#uuid "x"',
  'null',
  'true',
  '"process":',
  '"value":',
  '{"a":1}',
  '[]',
  '{}',
  'é',
  '∑',
];

/** A text with up to four changes: pieces put in, cut out, doubled or moved. */
export function mutate(text: string, random: () => number): string {
  let mutated = text;
  for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
    const at = Math.floor(random() * mutated.length);
    const length = Math.floor(random() ** 3 * 60);
    const piece = random() < 0.6 ? (PIECES[Math.floor(random() * PIECES.length)] as string) : '';
    const cut = mutated.slice(at, at + length);
    const rest = mutated.slice(0, at) + piece + mutated.slice(at + (random() < 0.5 ? length : 0));
    const to = Math.floor(random() * rest.length);
    mutated = random() < 0.3 ? rest.slice(0, to) + cut + rest.slice(to) : rest;
  }
  return mutated;
}

/** Reads and checks a file as `npm run check` does. @throws what is neither a verdict nor a refusal: a defect */
export function judge(text: string): Fuzzed {
  const begin = performance.now();
  let result: string;
  try {
    result = checkHistory(read(text))
      .map(({ checker, valid }) => `${checker} ${valid}`)
      .join(', ');
  } catch (error) {
    if (!(error instanceof HistoryError || error instanceof Failure)) throw error;
    result = `refused: ${error.message}`;
  }
  return { text, result, milliseconds: performance.now() - begin };
}

function read(text: string) {
  const format = recogniseFormat(text);
  if (format !== undefined) {
    const reader = foreignReader(format);
    reader.write(new TextEncoder().encode(text));
    return reader.end();
  }
  const [first = '', ...lines] = text.split('\n');
  const header = parseHeader(first);
  const operations = lines.flatMap((line): Operation[] => {
    const operation = parseOperation(line);
    return operation === undefined ? [] : [operation];
  });
  return { header, operations, damaged: 0 };
}

/** What edn-data, a reader of another author, reads as one value. */
type Other =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | readonly Other[]
  | { readonly key: string }
  | { readonly sym: string }
  | { readonly char: string }
  | { readonly set: readonly Other[] }
  | { readonly list: readonly Other[] }
  | { readonly map: readonly (readonly [Other, Other])[] }
  | { readonly tag: string; readonly val: Other };

/** The forms of a file by edn-data, as text; undefined if it cannot read them or is known to read them otherwise. */
export function referenceForms(text: string): string[] | undefined {
  // It rounds long numbers, and takes ratios, decimals, metadata, symbolic values and odd names for something else. A comment
  // right after a name is to it part of the name, but not to Clojure.
  if (
    /\d{16}|\d[/M]|[\^#]#|\^|\\|[-+]?0\d|\d[eE.]|[^\n\r\t\x20-\x7e]|#(?![{_])|[^\s,];|[^\s[({})\]"]#|['`~@%&|<>=!?$*]/.test(
      text.replace(/"[^"]*"/g, '""'),
    )
  )
    return undefined;
  // CR is made LF below, because a comment ends at LF only there; in a string that would be another text.
  if (/"[^"]*\r[^"]*"/.test(text)) return undefined;
  try {
    const all = parseEDNString(`[${text.replace(/\r/g, '\n')}\n]`) as Other;
    return Array.isArray(all) ? (all as readonly Other[]).map((form) => printEdn(valueFrom(form))) : undefined;
  } catch {
    return undefined;
  }
}

const mapFrom = (pairs: readonly (readonly [Other, Other])[]): EdnMap =>
  new EdnMap(pairs.flatMap(([key, value]) => [valueFrom(key), valueFrom(value)]));

const valueFrom = (other: Other): EdnValue => {
  if (typeof other !== 'object' || other === null) return typeof other === 'bigint' ? Number(other) : other;
  if (other instanceof Date) return other.toISOString();
  if (Array.isArray(other)) return other.map(valueFrom);
  if ('key' in other) return Keyword.of(other.key);
  if ('sym' in other) return new Verbatim(other.sym);
  if ('char' in other) return new Verbatim(`\\${other.char}`);
  if ('set' in other) return new EdnSet(other.set.map(valueFrom));
  if ('list' in other) return other.list.map(valueFrom);
  if ('map' in other) return mapFrom(other.map as readonly (readonly [Other, Other])[]);
  if ('tag' in other) return new Tagged(other.tag, valueFrom(other.val));
  return null;
};

/** The forms of a file by our own reader, as text; undefined if it refuses them. */
export function ownForms(text: string): string[] | undefined {
  const forms: string[] = [];
  try {
    const reader = new EdnReader((form) => forms.push(printEdn(form)));
    reader.write(new TextEncoder().encode(`nil ${text}`));
    reader.end();
  } catch (error) {
    if (error instanceof HistoryError) return undefined;
    throw error;
  }
  return forms.slice(1);
}
