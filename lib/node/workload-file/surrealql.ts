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
 * Has SurrealDB's parser read a text. It is not executed: a statement that does not parse stands at its end, and the parser
 * reads all of a text before anything runs.
 * @returns the first error in SurrealDB's words; undefined if it parses
 */
export async function firstParseError(text: string): Promise<ParseError | undefined> {
  engine ??= parser();
  const database = await engine;
  const end = text.split('\n').length + 1;
  try {
    await database.query(`${text}\n;\n!`);
  } catch (error) {
    const message = (error as Error).message;
    const [, line, column] = /\[(\d+):(\d+)\]/.exec(message) ?? [];
    if (Number(line) > end) return undefined;
    const [first = ''] = message.split('\n');
    return { message: first.replace(/^.*?Parse error: /, ''), line: Number(line ?? 1), column: Number(column ?? 1) };
  }
  return undefined;
}

/** Ends the parser; a later text starts it again. */
export async function closeParser(): Promise<void> {
  const open = await engine;
  engine = undefined;
  await open?.close();
}
