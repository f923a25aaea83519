import { hash } from '../random/random.ts';
import { nameFrom, sentenceFrom } from '../random/sentences.ts';
import type { Content, Row, TableShape } from '../verdict/table-shape.ts';

export const USERS: TableShape = { name: 'user', fields: ['name', 'email'], links: [] };
export const POSTS: TableShape = { name: 'post', fields: ['title', 'content', 'author'], links: ['author'] };

/** How long one user and its post live: each step changes one record, or lists some. */
export const LIFE = [
  { f: 'create', table: USERS },
  { f: 'create', table: POSTS },
  { f: 'merge', table: POSTS },
  { f: 'list', table: POSTS },
  { f: 'merge', table: USERS },
  { f: 'replace', table: POSTS },
  { f: 'find', table: POSTS },
  { f: 'replace', table: USERS },
  { f: 'delete', table: POSTS },
  { f: 'delete', table: USERS },
] as const satisfies readonly { f: string; table: TableShape }[];

/**
 * Content that follows from seed, id and version: any reader can tell whose record it is, and whether it is an old one.
 */
export function contentOf(seed: number, { name }: TableShape, id: string, version: number): Content {
  const key = hash(numberOf(id), version, seed);
  if (name === USERS.name) return { name: nameFrom(seed, key), email: `${id}.${version}@example.org` };
  return {
    title: `${sentenceFrom(seed, key, 4)} (${id}, version ${version})`,
    content: `${sentenceFrom(seed, key + 1, 24)} (${id}, version ${version})`,
    author: `${USERS.name}:${id}`,
  };
}

/** What a merge sends: one field of the next version. */
export function partOf({ name }: TableShape, content: Content): Content {
  const field = name === USERS.name ? 'name' : 'content';
  return { [field]: content[field] ?? '' };
}

/** What is wrong with a page of posts, whoever wrote them: each must be one record, in the order of ids. */
export function problemsOfPage(rows: readonly Row[], limit: number): { key: string; says: string }[] {
  const problems = rows
    .filter((row) => !isWhole(row))
    .map((row) => ({ key: `post:${row.id}`, says: `was listed as ${JSON.stringify(row)}` }));
  if (rows.length > limit)
    problems.push({ key: `post:${rows[limit]?.id}`, says: `is one of ${rows.length} listed with limit ${limit}` });
  for (const [at, { id }] of rows.entries())
    if (at > 0 && id <= (rows[at - 1]?.id ?? '')) problems.push({ key: `post:${id}`, says: 'was listed out of order' });
  return problems;
}

function isWhole({ id, title, content, author }: Row): boolean {
  const owner = `(${id}, version `;
  return String(title).includes(owner) && String(content).includes(owner) && author === `${USERS.name}:${id}`;
}

function numberOf(id: string): number {
  const [, client = '0', number = '0'] = /^v(\d+)n(\d+)$/.exec(id) ?? [];
  return Number(client) * 10_000_000 + Number(number);
}
