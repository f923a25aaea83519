import { fingerprint, hash } from '../random/random.ts';
import type { Content, Row, TableShape } from '../verdict/table-shape.ts';

/** Core workloads of B. Cooper and others, "Benchmarking Cloud Serving Systems with YCSB", SoCC 2010; shares of a hundred. */
export const WORKLOADS = {
  a: { title: 'update heavy', mix: { read: 50, update: 50 }, distribution: 'zipfian' },
  b: { title: 'read mostly', mix: { read: 95, update: 5 }, distribution: 'zipfian' },
  c: { title: 'read only', mix: { read: 100 }, distribution: 'zipfian' },
  d: { title: 'read latest', mix: { read: 95, insert: 5 }, distribution: 'latest' },
  e: { title: 'short ranges', mix: { scan: 95, insert: 5 }, distribution: 'zipfian' },
  f: { title: 'read-modify-write', mix: { read: 50, 'read-modify-write': 50 }, distribution: 'zipfian' },
} as const satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof WORKLOADS;
export const WORKLOAD_NAMES = Object.keys(WORKLOADS) as WorkloadName[];

export const YCSB_OPERATIONS = ['read', 'update', 'insert', 'scan', 'read-modify-write'] as const;
export type YcsbOperation = (typeof YCSB_OPERATIONS)[number];

export const DISTRIBUTIONS = ['zipfian', 'latest', 'uniform'] as const;

export interface Workload {
  readonly title: string;
  readonly mix: Readonly<Partial<Record<YcsbOperation, number>>>;
  readonly distribution: (typeof DISTRIBUTIONS)[number];
}

/** Longest range of workload e; lengths are uniform from 1, as in the paper. */
export const LONGEST_SCAN = 100;

/** YCSB's own table: ten fields of a hundred characters. */
export const FIELD_COUNT = 10;
const FIELDS = Array.from({ length: FIELD_COUNT }, (_, field) => `field${field}`);
export const USERTABLE: TableShape = { name: 'usertable', fields: FIELDS, links: [] };

const HUNDRED = 100;
/** Coprime to a hundred: neighbouring iterations get different operations. */
const STRIDE = 37;

/**
 * Deals operations to iterations by their number, so that each hundred iterations have exactly the mix, and anybody can tell
 * how many inserts came before one.
 */
export function dealer(mix: Workload['mix']) {
  const inOrder = Object.entries(mix).flatMap(([operation, share]) =>
    Array<YcsbOperation>(share).fill(operation as YcsbOperation),
  );
  if (inOrder.length !== HUNDRED) throw new Error(`shares of a mix add up to a hundred, not ${inOrder.length}`);
  const dealt = inOrder.map((_, at) => inOrder[(at * STRIDE) % HUNDRED] as YcsbOperation);
  const insertsBefore = dealt.map((_, at) => dealt.slice(0, at).filter((operation) => operation === 'insert').length);
  const inserts = dealt.filter((operation) => operation === 'insert').length;
  return {
    operation: (iteration: number): YcsbOperation => dealt[iteration % HUNDRED] as YcsbOperation,
    insertsBefore: (iteration: number): number =>
      Math.floor(iteration / HUNDRED) * inserts + (insertsBefore[iteration % HUNDRED] as number),
  };
}

/**
 * Id of the record with a number: hashed, so that records are scattered over the key space as in YCSB (`insertorder`).
 * @param phase letters that tell apart records of the same number that phases of a run insert; empty for those that were loaded
 */
export const ycsbId = (number: number, phase = ''): string =>
  `user${(hash(number, 0, 0) + 0x100000000).toString(16).slice(1)}n${number}${phase}`;

const PADDING =
  'the quick brown fox jumps over the lazy dog and runs through the silent forest until dawn breaks again. '.repeat(
    100,
  );

/** Value of a field: tells its record, field and version, and shows damage. Version 0 is the loaded one. */
export const fieldValue = (seed: number, id: string, field: number, version: number, length: number): string =>
  valueBy(id, field, version, fingerprint(seed, numberOf(id), version), length);

function valueBy(id: string, field: number, version: number, mark: string, length: number): string {
  const head = `${id}.${field}.${version}.${mark} `;
  return head + PADDING.slice(head.length, length);
}

const numberOf = (id: string): number => Number.parseInt(id.slice(id.indexOf('n') + 1), 10);

/** All fields of a record as it is loaded or inserted. */
export function recordContent(seed: number, id: string, length: number): Content {
  const content: Record<string, string> = {};
  const mark = fingerprint(seed, numberOf(id), 0);
  for (let field = 0; field < FIELD_COUNT; field++)
    content[FIELDS[field] as string] = valueBy(id, field, 0, mark, length);
  return content;
}

/** Why a row cannot be what anybody wrote to this record, in words, or undefined where it can. */
export function wrongRow(seed: number, row: Row, id: string, length: number): string | undefined {
  if (row.id !== id) return `another record came: ${JSON.stringify(row)}`;
  const loaded = fingerprint(seed, numberOf(id), 0);
  for (let field = 0; field < FIELD_COUNT; field++) {
    const value = String(row[FIELDS[field] as string]);
    if (value === valueBy(id, field, 0, loaded, length)) continue;
    const version = Number(value.split('.', 3)[2]);
    if (value !== fieldValue(seed, id, field, version, length))
      return `nobody wrote field${field}: ${JSON.stringify(value)}`;
  }
  return undefined;
}
