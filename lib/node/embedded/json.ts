import {
  BoundExcluded,
  BoundIncluded,
  DateTime,
  Decimal,
  Duration,
  Geometry,
  Range,
  RecordId,
  RecordIdRange,
  Table,
  Uuid,
  Value,
} from 'surrealdb';

/**
 * JSON text of an engine's value as SurrealDB's server writes it. The SDK's `jsonify` differs: it drops NONE, cannot
 * write integers beyond 2^53, and quotes record ids in another way.
 */
export function toJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      return objectToJson(value);
    default:
      return 'null';
  }
}

function objectToJson(value: object | null): string {
  if (value === null) return 'null';
  if (Array.isArray(value) || value instanceof Set) return `[${Array.from(value, toJson).join(',')}]`;
  if (value instanceof ArrayBuffer) return `[${new Uint8Array(value).join(',')}]`;
  if (!(value instanceof Value)) {
    const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}:${toJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  if (value instanceof Geometry) return JSON.stringify(value.toJSON());
  if (value instanceof RecordId || value instanceof RecordIdRange || value instanceof Range)
    return JSON.stringify(toSurql(value));
  if (value instanceof DateTime) return JSON.stringify(instant(value));
  if (value instanceof Duration) return JSON.stringify(duration(value));
  if (value instanceof Table) return JSON.stringify(value.name);
  return JSON.stringify(String(value));
}

/** SurrealQL text of a value, as the server writes it inside record ids and ranges. */
export function toSurql(value: unknown): string {
  if (value === undefined) return 'NONE';
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoted(value);
  // A float without fraction arrives from the engine as a whole number, so its `f` is lost.
  if (typeof value === 'number') return Number.isFinite(value) && !Number.isInteger(value) ? `${value}f` : `${value}`;
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(toSurql).join(', ')}]`;
  if (value instanceof Set) return `{${Array.from(value, toSurql).join(', ')}}`;
  if (!(value instanceof Value)) {
    const fields = Object.entries(value).map(([key, field]) => `${objectKey(key)}: ${toSurql(field)}`);
    return `{ ${fields.join(', ')} }`;
  }
  if (value instanceof RecordId) return `${identifier(value.table.name)}:${recordKey(value.id)}`;
  if (value instanceof RecordIdRange)
    return `${identifier(value.table.name)}:${bounds(value.begin, value.end, recordKey)}`;
  if (value instanceof Range) return bounds(value.begin, value.end, toSurql);
  if (value instanceof DateTime) return `d'${instant(value)}'`;
  if (value instanceof Duration) return duration(value);
  if (value instanceof Uuid) return `u'${value}'`;
  if (value instanceof Decimal) return `${value}dec`;
  if (value instanceof Table) return identifier(value.name);
  return String(value);
}

/** A name in backticks: safe in any statement. */
export const quotedIdentifier = (name: string): string => `\`${escaped(name, '`')}\``;

/** A string literal: safe in any statement. */
export function quoted(text: string): string {
  const quote = text.includes("'") ? '"' : "'";
  return `${quote}${escaped(text, quote)}${quote}`;
}

const identifier = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : quotedIdentifier(name));

const objectKey = (key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? key : `"${escaped(key, '"')}"`);

function recordKey(key: unknown): string {
  if (typeof key !== 'string') return toSurql(key);
  return /^\w+$/.test(key) && /[^\d_]/.test(key) ? key : quotedIdentifier(key);
}

function bounds(begin: unknown, end: unknown, write: (value: unknown) => string): string {
  const from = begin instanceof BoundExcluded ? `${write(begin.value)}>` : bound(begin, write);
  const to = end instanceof BoundIncluded ? `=${write(end.value)}` : bound(end, write);
  return `${from}..${to}`;
}

const bound = (edge: unknown, write: (value: unknown) => string): string =>
  edge instanceof BoundIncluded || edge instanceof BoundExcluded ? write(edge.value) : '';

/** The SDK writes microseconds as `us`. */
const duration = (value: Duration): string => String(value).replace('us', 'µs');

/** RFC 3339 with 0, 3, 6 or 9 digits of fraction, as many as are needed. */
function instant(value: DateTime): string {
  const [seconds, nanoseconds] = value.toCompact();
  const fraction = String(nanoseconds)
    .padStart(9, '0')
    .replace(/(?:000)+$/, '');
  const wholeSeconds = new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, '');
  return `${wholeSeconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\r': '\\r',
  '\t': '\\t',
  '\n': '\\n',
  '\b': '\\u{8}',
  '\f': '\\f',
  '\\': '\\\\',
};

const escaped = (text: string, quote: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what SurrealQL escapes
  text.replace(/[\0\r\t\n\x08\f\\'"`]/g, (char) => ESCAPES[char] ?? (char === quote ? `\\${char}` : char));
