/** Something that a schema defines in a database, as INFO FOR DB lists it, and what removes it. */
export interface Definition {
  /** Key of INFO FOR DB, such as `tables`. */
  readonly kind: string;
  readonly name: string;
  readonly removal: string;
}

/** SurrealQL's words for what a database has, and its keys in INFO FOR DB. */
const KINDS: Readonly<Record<string, string>> = {
  ACCESS: 'accesses',
  ANALYZER: 'analyzers',
  FUNCTION: 'functions',
  PARAM: 'params',
  SEQUENCE: 'sequences',
  TABLE: 'tables',
  USER: 'users',
};

const OF_DATABASE = new RegExp(
  `\\bDEFINE\\s+(${Object.keys(KINDS).join('|')})\\s+(?:IF\\s+NOT\\s+EXISTS\\s+|OVERWRITE\\s+)?(\`[^\`]+\`|[$\\w:]+)`,
  'gi',
);
/** What changes a table counts as its definition: a run must not change a table that it did not define. */
const OF_TABLE =
  /\bDEFINE\s+(?:FIELD|INDEX|EVENT)\s+(?:IF\s+NOT\s+EXISTS\s+|OVERWRITE\s+)?\S+\s+ON\s+(?:TABLE\s+)?(`[^`]+`|\w+)|\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(`[^`]+`|\w+)/gi;
/** Strings, then comments; what is in them defines nothing. */
const NOT_CODE = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\/\*[\s\S]*?\*\/|(?:--|#|\/\/).*$/gm;

/** What the text of a schema defines or changes in its database, each once. */
export function definitionsIn(schema: string): Definition[] {
  const code = schema.replace(NOT_CODE, ' ');
  const found = new Map<string, Definition>();
  const add = (word: string, written: string): void => {
    const name = written.replace(/^`|`$|^\$|^fn::/g, '');
    const kind = KINDS[word] ?? '';
    const suffix = word === 'ACCESS' || word === 'USER' ? ' ON DATABASE' : '';
    found.set(`${kind} ${name}`, { kind, name, removal: `REMOVE ${word} IF EXISTS ${written}${suffix}` });
  };
  for (const [, word = '', name = ''] of code.matchAll(OF_DATABASE)) add(word.toUpperCase(), name);
  for (const [, changed, altered] of code.matchAll(OF_TABLE)) add('TABLE', changed ?? altered ?? '');
  return [...found.values()];
}

/** The tables among definitions. */
export const tablesOf = (definitions: readonly Definition[]): string[] =>
  definitions.filter(({ kind }) => kind === 'tables').map(({ name }) => name);
