import { scrambledZipfian, uniform } from '../random/key-distributions.ts';
import type { ValueSource, Workload } from './workload.ts';

/** A drawn value as it travels in a request: text, and what it was, for the history and for comparisons. */
export interface Drawn {
  readonly text: string;
  readonly value: string | number | boolean;
}

/** What values are drawn with: the VU that draws, and its random numbers. */
export interface DrawingContext {
  /** The VU's number, from 1, and how many there are. */
  readonly user: number;
  readonly users: () => number;
  /** Random numbers in [0, 1). */
  readonly random: () => number;
  /** The seeded records of a table. */
  readonly seeded: (table: string) => number;
  /** How many records of a table this VU has created. */
  readonly created: Map<string, number>;
  /** Values that earlier steps of the operation kept. */
  readonly kept: Map<string, Drawn>;
  /** Now, as SurrealQL's datetime. */
  readonly now: () => string;
  readonly people: Workload['people'];
}

/** Thrown if a value cannot be drawn yet, such as a record that this VU has not created: the iteration is skipped. */
export class NothingToDraw extends Error {}

const seededId = (table: string, number: number): string => `${table}:s${number}`;
const createdId = (table: string, user: number, number: number): string => `${table}:u${user}n${number}`;

const drawn = (value: string | number | boolean): Drawn => ({ value, text: String(value) });

/** The type that a parameter has: it travels as text, and a cast in front of the query restores it. */
export function castOf(source: ValueSource): string {
  if (typeof source === 'object') {
    if ('int' in source) return 'int';
    if ('float' in source) return 'float';
    if ('record' in source || 'new' in source || 'written' in source) return 'record';
    if ('time' in source) return 'datetime';
    if ('one-of' in source) return castOf(source['one-of'][0] ?? '');
    return '';
  }
  if (typeof source === 'string') return '';
  if (typeof source === 'boolean') return 'bool';
  return Number.isInteger(source) ? 'int' : 'float';
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Makes what draws one value after another. */
export function drawer(source: ValueSource, context: DrawingContext): () => Drawn {
  const { random } = context;
  const among = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  if (typeof source !== 'object') {
    const constant = drawn(source);
    return () => constant;
  }
  if ('int' in source) {
    const [least, most] = source.int;
    return () => drawn(least + Math.floor(random() * (most - least + 1)));
  }
  if ('float' in source) {
    const [least, most] = source.float;
    return () => drawn(least + random() * (most - least));
  }
  if ('string' in source) {
    const length = source.string;
    return () => drawn(Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join(''));
  }
  if ('one-of' in source) return () => drawn(among(source['one-of']));
  if ('person' in source) {
    const list = source.person === 'name' ? context.people.names : context.people.emails;
    return () => drawn(among(list));
  }
  if ('record' in source) {
    const { record, distribution = 'zipfian' } = source;
    const choose = (distribution === 'zipfian' ? scrambledZipfian : uniform)(context.seeded(record), random);
    return () => drawn(seededId(record, choose()));
  }
  if ('new' in source)
    return () => {
      const number = context.created.get(source.new) ?? 0;
      context.created.set(source.new, number + 1);
      return drawn(createdId(source.new, context.user, number));
    };
  if ('written' in source)
    return () => {
      const { written, by = 'me' } = source;
      const number = context.created.get(written) ?? 0;
      if (number === 0) throw new NothingToDraw();
      const others = by === 'me' ? 0 : Math.floor(random() * (context.users() - 1)) + 1;
      // Others have created about as many.
      const user = ((context.user - 1 + others) % context.users()) + 1;
      return drawn(createdId(written, user, Math.floor(random() * number)));
    };
  if ('kept' in source)
    return () => {
      const value = context.kept.get(source.kept);
      if (value === undefined) throw new NothingToDraw();
      return value;
    };
  return () => drawn(context.now());
}
