import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../system/paths.ts';
import { code, table } from './markdown.ts';

/** The parts of JSON Schema that workload.schema.json uses to say what a key means. */
interface JsonSchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
}

type SchemaFile = JsonSchema & {
  readonly $defs: Readonly<Record<string, JsonSchema>> & { readonly generators: Readonly<Record<string, JsonSchema>> };
};

/** Tables of the page, each a mapping of the file. */
const MAPPINGS = [
  ['A seeded table', 'seed'],
  ['An operation', 'operation'],
  ['A step', 'step'],
  ['An expectation', 'expect'],
  ['An invariant', 'invariant'],
] as const;

/** Page of the format of workload files, from workload.schema.json. @param mark stands below the title */
export function workloadFilePage(mark: string): string {
  const file = JSON.parse(readFileSync(join(PROJECT_ROOT, 'workload.schema.json'), 'utf8')) as SchemaFile;
  const keysOf = (schema: JsonSchema): string => keysTable(schema, file);
  return [
    '# Workload file',
    mark,
    'A workload of your own, in YAML or JSON: `npm run load -- ./shop.yaml`. Everything is checked before anything runs; a mistake is named',
    'with file, line and column. Editors check it with `workload.schema.json`, of which this page is made. [examples/](../../examples) has',
    'whole files. Operations go by SurrealQL over HTTP, or over WebSocket with `--protocol rpc`.',
    '',
    keysOf(file),
    ...MAPPINGS.flatMap(([title, name]) => [`## ${title}`, '', keysOf(file.$defs[name] ?? {})]),
    '## Values',
    '',
    'A parameter of a query or a field of a seeded record is a constant, or a generator with one key. Parameters travel with the request; they',
    'are not pasted into the text. The same seed draws the same values.',
    '',
    table(
      ['generator', 'keys and values', 'meaning'],
      Object.entries(file.$defs.generators).map(([name, generator]) => [
        code(name),
        Object.entries(generator.properties ?? {})
          .map(([key, value]) => `${code(key)}: ${valuesOf(value, file)}`)
          .join('; '),
        generator.description ?? '',
      ]),
    ),
  ].join('\n');
}

function keysTable({ properties = {}, required = [] }: JsonSchema, file: SchemaFile): string {
  return table(
    ['key', 'required', 'values', 'meaning'],
    Object.entries(properties).map(([key, schema]) => [
      code(key),
      required.includes(key) ? 'yes' : '',
      valuesOf(schema, file),
      schema.description ?? resolved(schema, file).description ?? '',
    ]),
  );
}

const resolved = (schema: JsonSchema, file: SchemaFile): JsonSchema =>
  schema.$ref === undefined ? schema : (file.$defs[schema.$ref.slice('#/$defs/'.length)] ?? schema);

/** What may stand at a key, in words. */
function valuesOf(schema: JsonSchema, file: SchemaFile): string {
  const { type, minimum, maximum, items, oneOf, pattern, ...rest } = resolved(schema, file);
  if (rest.enum !== undefined) return rest.enum.map((it) => code(String(it))).join(', ');
  if (rest.const !== undefined) return code(String(rest.const));
  if (oneOf !== undefined && type === undefined) return oneOf.map((it) => valuesOf(it, file)).join('; or ');
  if (type === 'object') return 'mapping';
  if (type === 'array') return items === undefined ? 'list' : `list of ${valuesOf(items, file)}`;
  if (schema.$ref === '#/$defs/duration') return 'a duration such as `500ms` or `2s`';
  if (schema.$ref === '#/$defs/table') return 'name of a table';
  const kind = Array.isArray(type)
    ? type.join(', ')
    : type === 'integer'
      ? 'whole number'
      : type === 'string'
        ? 'text'
        : type;
  const isBounded = minimum !== undefined && maximum !== undefined && Number.isSafeInteger(maximum) && maximum < 1e9;
  return isBounded ? `${kind}, ${minimum} to ${maximum}` : String(kind);
}
