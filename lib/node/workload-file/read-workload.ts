import { readFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { en, Faker } from '@faker-js/faker';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { isMap, isScalar, LineCounter, type Pair, parseDocument } from 'yaml';
import { READ_CREATED } from '../../core/checkers/created.ts';
import { INVARIANT } from '../../core/checkers/invariants.ts';
import { parseDuration } from '../../core/load/duration.ts';
import { LimitsError, parseLimits } from '../../core/verdict/limits.ts';
import { castOf } from '../../core/workload-file/values.ts';
import type { Invariant, Step, ValueSource, Workload, WorkloadOperation } from '../../core/workload-file/workload.ts';
import { UsageError } from '../cli/errors.ts';
import { PROJECT_ROOT } from '../system/paths.ts';
import { firstParseError, type ParseError } from './surrealql.ts';

/** The file as it is written; workload.schema.json says what each part means. */
interface WorkloadFile {
  readonly name?: string;
  readonly schema: string;
  readonly seed?: Workload['seed'];
  readonly operations: Readonly<Record<string, WrittenOperation>>;
  readonly invariants?: Readonly<Record<string, WrittenInvariant>>;
  readonly verify?: 'written' | 'nothing' | Readonly<Record<string, { readonly except?: readonly string[] }>>;
  readonly limits?: readonly unknown[];
}

interface WrittenStep {
  readonly query: string;
  readonly with?: Step['with'];
  readonly expect?: Partial<Omit<Step['expect'], 'refused'>> & { readonly refused?: string | readonly string[] };
  readonly keep?: Step['keep'];
}

type WrittenOperation = { readonly weight: number } & (WrittenStep | { readonly steps: readonly WrittenStep[] });

interface WrittenInvariant {
  readonly query: string;
  readonly when?: 'during' | 'at-end' | 'both';
  readonly every?: string;
  readonly within?: string;
}

/** Names of operations in histories and metrics that do not come from the file. */
const RESERVED_NAMES: readonly string[] = [INVARIANT, READ_CREATED, 'setup', 'expect'];
/** No request can set them. */
const PROTECTED_PARAMETERS: readonly string[] = ['access', 'auth', 'session', 'token'];

type Path = readonly (string | number)[];

/** One mistake may break what follows it. */
const MOST_PROBLEMS = 10;
const DEFAULT_EVERY = 500;
const PEOPLE = 200;
const NOBODY: Workload['people'] = { names: [], emails: [] };

const jsonSchema = JSON.parse(readFileSync(join(PROJECT_ROOT, 'workload.schema.json'), 'utf8'));
const validate = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true }).compile(jsonSchema);
const NAME = new RegExp(jsonSchema.properties.name.pattern);

/**
 * Reads a workload file and checks all of it that can be checked without a server, its SurrealQL included.
 * @param path of a YAML or JSON file
 * @throws UsageError with one line for each problem: file, line, column, the thing and what it must be
 */
export async function readWorkload(path: string): Promise<Workload> {
  const text = textOf(path);
  const lines = new LineCounter();
  const document = parsed(path, text, lines);
  const problems: string[] = [];
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  for (const { pos, message } of document.errors) problems.push(`${at(pos[0])}: ${message}`);
  const refuse = (): void => {
    const distinct = [...new Set(problems)];
    const more = distinct.length - MOST_PROBLEMS;
    if (more > 0) distinct.splice(MOST_PROBLEMS, more, `and ${more} more`);
    if (distinct.length > 0) throw new UsageError(distinct.join('\n'));
  };
  refuse();
  const offsetOf = (where: Path): number => {
    for (let length = where.length; length >= 0; length--) {
      const range = rangeOf(document.contents, where.slice(0, length));
      if (range !== undefined) return range;
    }
    return 0;
  };
  const report = (where: Path, message: string): void => {
    problems.push(`${at(offsetOf(where))}: ${where.join('.') || 'the file'} ${message}`);
  };

  const content = plainContent(() => document.toJS({ maxAliasCount: 100 }), report);
  refuse();
  if (!validate(content)) for (const error of clearest(validate.errors ?? [])) report(error.path, error.message);
  refuse();
  const file = content as WorkloadFile;
  const name = file.name ?? basename(path, extname(path));
  if (!NAME.test(name))
    report(
      ['name'],
      `cannot be taken from the file's name ${shown(name)}: write name: with small letters, digits and -`,
    );
  const schemaFile = schemaFileOf(file.schema, path);
  const schema = schemaFile === undefined ? file.schema : textOf(schemaFile, (message) => report(['schema'], message));
  checkMeaning(file, report);
  refuse();
  for (const [where, surrealql] of surrealqlOf(file, schema)) {
    const error = await firstParseError(surrealql);
    if (error === undefined) continue;
    if (where[0] === 'schema' && schemaFile !== undefined) {
      problems.push(`${schemaFile}:${error.line}:${error.column}: does not parse: ${error.message}`);
      continue;
    }
    const place = placeWithin(text, document, lines, where, error);
    if (place === undefined) report(where, `does not parse: ${error.message} (line ${error.line} of it)`);
    else problems.push(`${path}:${place}: ${where.join('.')} does not parse: ${error.message}`);
  }
  refuse();
  return complete(file, name, schema, path);
}

/** Offset of the node, or of its key. */
function rangeOf(root: unknown, path: Path): number | undefined {
  let node: unknown = root;
  let key: number | undefined;
  for (const part of path) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((it) => isScalar(it.key) && String(it.key.value) === String(part));
      if (pair === undefined) return undefined;
      key = (pair.key as { range?: readonly number[] }).range?.[0];
      node = pair.value;
    } else if (typeof node === 'object' && node !== null && 'items' in node) {
      node = (node.items as unknown[])[Number(part)];
      if (node === undefined) return undefined;
      key = (node as { range?: readonly number[] }).range?.[0];
    } else return undefined;
  }
  return key ?? (path.length === 0 ? 0 : undefined);
}

/** Line and column in the file of a place within a text; undefined if the text is not written there as it is read. */
function placeWithin(
  text: string,
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: Path,
  { line, column }: ParseError,
): string | undefined {
  const node = document.getIn(path, true);
  if (!isScalar(node) || !node.range) return undefined;
  const start = lines.linePos(node.range[0]);
  if (node.type === 'BLOCK_LITERAL') {
    const inFile = text.split('\n')[start.line + line - 1] ?? '';
    return `${start.line + line}:${column + inFile.length - inFile.trimStart().length - ownIndent(String(node.value), line)}`;
  }
  if (line > 1) return undefined;
  return `${start.line}:${start.col + column - 1 + (node.type === 'PLAIN' ? 0 : 1)}`;
}

/** Characters by which a line of a text is indented within the text. */
function ownIndent(text: string, line: number): number {
  const own = text.split('\n')[line - 1] ?? '';
  return own.length - own.trimStart().length;
}

/** @throws UsageError if the file is nested so deeply that the parser gives up */
function parsed(path: string, text: string, lineCounter: LineCounter): ReturnType<typeof parseDocument> {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${(error as Error).message}`);
  }
}

/** The content as JSON has it: without what YAML alone can say, such as values that contain themselves. */
function plainContent(read: () => unknown, report: (where: Path, message: string) => void): unknown {
  try {
    return JSON.parse(JSON.stringify(read()));
  } catch (error) {
    report([], `cannot be read: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
}

/** A value for a message. */
const shown = (data: unknown): string => `(got ${JSON.stringify(data).slice(0, 80)})`;

/** One problem a place: where alternatives fail, what each of them says would only confuse. */
function clearest(errors: readonly ErrorObject[]): { path: Path; message: string }[] {
  const problems = new Map<string, { path: Path; message: string; rank: number }>();
  for (const error of errors) {
    const steps = error.instancePath
      .split('/')
      .slice(1)
      .map((it) => it.replaceAll('~1', '/').replaceAll('~0', '~'));
    const { rank, path, message } = explained(error, steps);
    const known = problems.get(path.join('/'));
    if (known === undefined || rank > known.rank) problems.set(path.join('/'), { path, message, rank });
  }
  const all = [...problems.values()];
  const isWithin = ({ path }: { path: Path }, outer: Path): boolean =>
    path.length > outer.length && outer.every((part, index) => path[index] === part);
  // The alternatives of a value are explained at the value itself.
  const values = all.filter(({ rank }) => rank === 3).map(({ path }) => path);
  return all.filter((problem) => !values.some((outer) => isWithin(problem, outer)));
}

const GENERATORS = 'int, float, string, one-of, person, record, new, written, kept or time';

/** What may stand at a place, by its name, if there are alternatives. */
const ALTERNATIVES: Readonly<Record<string, string>> = {
  verify: 'must be written, nothing, or tables by name, each with what it may except',
  refused: 'must be a text or a list of texts',
};

function explained(error: ErrorObject, path: Path): { rank: number; path: Path; message: string } {
  const { keyword, params, data } = error;
  if (keyword === 'anyOf')
    return {
      rank: 3,
      path,
      message: `must be a constant or a generator with one key: ${GENERATORS} ${shown(data)}`,
    };
  if (keyword === 'additionalProperties')
    return { rank: 2, path: [...path, String(params.additionalProperty)], message: `is not known here` };
  if (keyword === 'required') return { rank: 2, path, message: `lacks ${params.missingProperty}` };
  if (keyword === 'enum')
    return {
      rank: 2,
      path,
      message: `must be one of ${(params.allowedValues as unknown[]).join(', ')} ${shown(data)}`,
    };
  if (keyword === 'oneOf')
    return { rank: 2.5, path, message: ALTERNATIVES[String(path.at(-1))] ?? 'must have either query or steps' };
  if (keyword === 'propertyNames')
    return { rank: 2, path: [...path, String(params.propertyName)], message: 'is not a valid name' };
  return {
    rank: 1,
    path,
    message: `${error.message ?? 'is wrong'}${typeof data === 'object' ? '' : ` ${shown(data)}`}`,
  };
}

/** The file that a schema names, if it is not SurrealQL itself. */
const schemaFileOf = (schema: string, path: string): string | undefined =>
  /^[^\n;]+\.surql$/.test(schema) ? resolve(dirname(path), schema) : undefined;

/** @throws UsageError, unless a function reports why the file cannot be read */
function textOf(path: string, report?: (message: string) => void): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const message = `cannot be read: ${path} ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : `(${(error as Error).message})`}`;
    if (report === undefined) throw new UsageError(message);
    report(message);
    return '';
  }
}

/** What a schema cannot say: weights, tables that are seeded, values that were kept, limits. */
function checkMeaning(file: WorkloadFile, report: (where: Path, message: string) => void): void {
  const operations = Object.entries(file.operations);
  const sum = operations.reduce((whole, [, { weight }]) => whole + weight, 0);
  if (sum !== 100) report(['operations'], `have weights that add up to ${sum}, must be 100`);
  for (const [name] of operations)
    if (RESERVED_NAMES.includes(name))
      report(['operations', name], 'has a name that the suite uses itself: choose another one');
  const seeded = new Set((file.seed ?? []).map(({ table }) => table));
  const created = new Set(sourcesIn(file).flatMap(([, source]) => (isNew(source) ? [source.new] : [])));
  if (typeof file.verify === 'object')
    for (const table of Object.keys(file.verify))
      if (!created.has(table))
        report(['verify', table], `is a table whose records no operation creates with new: ${table}`);
  for (const [where, source] of sourcesIn(file)) {
    if (where[0] === 'operations' && PROTECTED_PARAMETERS.includes(String(where.at(-1))))
      report(where, 'is a parameter that SurrealDB sets itself: choose another name');
    if (typeof source !== 'object') continue;
    if ('one-of' in source && new Set(source['one-of'].map(castOf)).size > 1)
      report(where, 'mixes types: one-of takes values of one type, and 1 and 1.5 are two');
    if ('record' in source && !seeded.has(source.record))
      report(
        where,
        `draws records of ${source.record}, which is not seeded: seed has ${[...seeded].join(', ') || 'no table'}`,
      );
    if ('written' in source && !created.has(source.written))
      report(where, `draws records of ${source.written}, which no operation creates with new: ${source.written}`);
    for (const range of [(source as { int?: number[] }).int, (source as { float?: number[] }).float])
      if (range !== undefined && (range[0] ?? 0) > (range[1] ?? 0)) report(where, 'has its bounds the wrong way round');
  }
  for (const [name, operation] of operations) {
    const kept = new Set<string>();
    for (const [index, step] of stepsOf(operation).entries()) {
      for (const [parameter, source] of Object.entries(step.with ?? {}))
        if (typeof source === 'object' && 'kept' in source && !kept.has(source.kept))
          report(
            ['operations', name, ...stepPath(operation, index), 'with', parameter],
            `takes ${source.kept}, which no earlier step keeps`,
          );
      for (const field of Object.values(step.expect?.equals ?? {}))
        if (typeof field === 'string' && field.startsWith('$') && !Object.hasOwn(step.with ?? {}, field.slice(1)))
          report(
            ['operations', name, ...stepPath(operation, index), 'expect', 'equals'],
            `names ${field}, which is not a parameter of the query`,
          );
      for (const keep of Object.keys(step.keep ?? {})) kept.add(keep);
    }
  }
  if (file.limits !== undefined)
    try {
      parseLimits('limits', { limits: file.limits });
    } catch (error) {
      if (!(error instanceof LimitsError)) throw error;
      report(['limits'], `are wrong: ${error.message.replaceAll(/^limits: /gm, '')}`);
    }
}

const isNew = (source: ValueSource): source is { new: string } => typeof source === 'object' && 'new' in source;

const stepsOf = (operation: WrittenOperation): readonly WrittenStep[] =>
  'steps' in operation ? operation.steps : [operation];

const stepPath = (operation: WrittenOperation, index: number): Path => ('steps' in operation ? ['steps', index] : []);

/** Every place that a value comes from. */
function sourcesIn({ seed = [], operations }: WorkloadFile): [where: Path, source: ValueSource][] {
  return [
    ...seed.flatMap(({ record }, index) =>
      Object.entries(record).map(([field, source]): [Path, ValueSource] => [['seed', index, 'record', field], source]),
    ),
    ...Object.entries(operations).flatMap(([name, operation]) =>
      stepsOf(operation).flatMap((step, index) =>
        Object.entries(step.with ?? {}).map(([parameter, source]): [Path, ValueSource] => [
          ['operations', name, ...stepPath(operation, index), 'with', parameter],
          source,
        ]),
      ),
    ),
  ];
}

/** Every text of SurrealQL. */
function surrealqlOf({ operations, invariants = {} }: WorkloadFile, schema: string): [where: Path, text: string][] {
  return [
    [['schema'], schema],
    ...Object.entries(operations).flatMap(([name, operation]) =>
      stepsOf(operation).flatMap((step, index): [Path, string][] => {
        const where = ['operations', name, ...stepPath(operation, index)];
        const { holds } = step.expect ?? {};
        return [
          [[...where, 'query'], step.query],
          ...(holds === undefined
            ? []
            : [[[...where, 'expect', 'holds'], `RETURN (${holds})`] satisfies [Path, string]]),
        ];
      }),
    ),
    ...Object.entries(invariants).map(([name, { query }]): [Path, string] => [['invariants', name, 'query'], query]),
  ];
}

function complete(file: WorkloadFile, name: string, schema: string, path: string): Workload {
  const operations = Object.entries(file.operations).map(
    ([operation, written]): WorkloadOperation => ({
      name: operation,
      weight: written.weight,
      steps: stepsOf(written).map((step, index, all) =>
        completeStep(all.length === 1 ? operation : `${operation}.${index + 1}`, step),
      ),
    }),
  );
  const tables = sourcesIn(file).flatMap(([, source]) => (isNew(source) ? [source.new] : []));
  const { verify = 'nothing' } = file;
  const verified: Exclude<WorkloadFile['verify'], string | undefined> =
    verify === 'written' ? Object.fromEntries(tables.map((table) => [table, {}])) : verify === 'nothing' ? {} : verify;
  return {
    name,
    schema,
    seed: file.seed ?? [],
    operations,
    invariants: Object.entries(file.invariants ?? {}).map(([it, written]) => completeInvariant(it, written)),
    verify: Object.fromEntries(Object.entries(verified).map(([table, { except = [] }]) => [table, { except }])),
    limits: parseLimits(path, { limits: [...WORKLOAD_LIMITS, ...(file.limits ?? [])] }),
    people: sourcesIn(file).some(([, source]) => typeof source === 'object' && 'person' in source) ? people() : NOBODY,
  };
}

const completeStep = (f: string, { query, with: sources = {}, expect = {}, keep = {} }: WrittenStep): Step => {
  const { refused = [], equals = {}, ...rest } = expect;
  return { f, query, with: sources, keep, expect: { ...rest, equals, refused: [refused].flat() } };
};

function completeInvariant(name: string, { query, when = 'both', every, within }: WrittenInvariant): Invariant {
  return {
    name,
    query,
    during: when !== 'at-end',
    atEnd: when !== 'during',
    every: every === undefined ? DEFAULT_EVERY : (parseDuration(every) ?? DEFAULT_EVERY),
    within: within === undefined ? 0 : (parseDuration(within) ?? 0),
  };
}

/** The same for every run, so that the same seed sends the same data. */
function people(): Workload['people'] {
  const faker = new Faker({ locale: en, seed: 1 });
  const each = <T>(make: () => T): T[] => Array.from({ length: PEOPLE }, make);
  return { names: each(() => faker.person.fullName()), emails: each(() => faker.internet.exampleEmail()) };
}

const { limits: WORKLOAD_LIMITS } = JSON.parse(
  readFileSync(join(PROJECT_ROOT, 'thresholds', 'workload.json'), 'utf8'),
) as { limits: unknown[] };
