/** What a record holds: JSON values; a record link is written as `table:id`. */
export type Content = Readonly<Record<string, string | number | boolean>>;

/** A record as it was read, whatever the protocol: links are `table:id`, the own id stands without its table. */
export interface Row {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** What clients must know of a table: GraphQL selects fields by name, and SurrealQL tells links from text. */
export interface TableShape {
  readonly name: string;
  readonly fields: readonly string[];
  /** Those of the fields that hold record links. */
  readonly links: readonly string[];
}

/** Turns an entry of an answer into a row: `id` loses its table, unless it is another one; a linked object becomes `table:id`. */
export function rowOf({ name, links }: TableShape, entry: Readonly<Record<string, unknown>>): Row {
  const row: Record<string, unknown> & { id: string } = { ...entry, id: idWithin(name, String(entry.id)) };
  for (const field of links) {
    const linked = entry[field];
    if (typeof linked === 'object' && linked !== null && 'id' in linked) row[field] = linked.id;
  }
  return row;
}

/** The table of a record: `post` of `post:a1`. */
export const tableOf = (record: string): string => record.slice(0, record.indexOf(':'));

const idWithin = (table: string, id: string): string => (id.startsWith(`${table}:`) ? id.slice(table.length + 1) : id);

/** Why a row is not the record that was expected, as words for people, or undefined where it is. */
export function difference(row: Row | undefined, id: string, expected: Content | undefined): string | undefined {
  if (row === undefined) return expected === undefined ? undefined : 'it is not there';
  if (expected === undefined) return `it is still there: ${JSON.stringify(row)}`;
  if (row.id !== id) return `another record came: ${JSON.stringify(row)}`;
  for (const field in expected)
    if (row[field] !== expected[field])
      return `${field} is ${JSON.stringify(row[field])}, must be ${JSON.stringify(expected[field])}`;
  return undefined;
}

/** SurrealQL of a record's content: JSON, but for links. In JSON a quote within a text is escaped, so this meets keys only. */
export function surrealObject({ links }: TableShape, content: Content): string {
  let text = JSON.stringify(content);
  for (const field of links) text = text.replace(new RegExp(`"${field}":"(\\w+:\\w+)"`), `"${field}":$1`);
  return text;
}
