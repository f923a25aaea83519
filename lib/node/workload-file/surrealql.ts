import { createNodeEngines } from '@surrealdb/node';
import { Surreal } from 'surrealdb';

let engine: Promise<Surreal> | undefined;

/** SurrealDB's own engine, empty and in memory. It ends with the process. */
async function parser(): Promise<Surreal> {
  const database = new Surreal({ engines: createNodeEngines() });
  await database.connect('mem://');
  return database;
}

/** Where a text does not parse, from 1 within it. */
export interface ParseError {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Has SurrealDB's parser read a text. It is not executed: a brace that closes nothing stands at its end, and the parser reads all
 * of a text before anything runs. In a text with an open block that brace closes the block, so the error is another one.
 * @returns the first error in SurrealDB's words; undefined if it parses
 */
export async function firstParseError(text: string): Promise<ParseError | undefined> {
  engine ??= parser();
  const database = await engine;
  const lines = text.trimEnd().split('\n');
  try {
    await database.query(`${text.trimEnd()}\n;\n}\n!`);
  } catch (error) {
    const { message } = error as Error;
    const places = [...message.matchAll(/\[(\d+):(\d+)\]/g)].map(
      ([, line, column]) => [Number(line), Number(column)] as const,
    );
    if (places[0]?.[0] === lines.length + 2) return undefined;
    // The last one, if there are two, is that of the delimiter which is not closed.
    const [line, column] = places.findLast(([line]) => line <= lines.length) ?? [
      lines.length,
      lines.at(-1)?.length ?? 0,
    ];
    const says = message.split('\n')[0]?.replace(/^.*?Parse error: /, '') ?? '';
    return {
      message: isBeyond(places, lines.length) ? 'Unexpected end, a block is not closed' : says,
      line,
      column: Math.max(1, column),
    };
  }
  return undefined;
}

const isBeyond = (places: readonly (readonly [line: number, column: number])[], last: number): boolean =>
  places.every(([line]) => line > last + 2);

/** Ends the parser; a later text starts it again. */
export async function closeParser(): Promise<void> {
  const open = await engine;
  engine = undefined;
  await open?.close();
}
