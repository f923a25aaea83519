import { difference, type Row } from '../verdict/table-shape.ts';
import { POSTS, postId, seededPost } from '../workloads/blog.ts';

/** All plain fields of a post. */
export const POST_FIELDS = ['id', ...POSTS.fields.filter((field) => !POSTS.links.includes(field))].join(' ');

/** Queries that must come back as GraphQL errors, and what is wrong with them. */
export const ERRONEOUS_QUERIES = [
  ['an unknown field', '{ posts(limit: 1) { id nosuchfield } }'],
  ['an argument of the wrong type', '{ posts(limit: "one") { id } }'],
  ['a query without its variable', 'query($id: ID!) { post(id: $id) { id } }'],
] as const satisfies readonly (readonly [what: string, query: string])[];

/** What is wrong with rows that must be the seeded posts of these numbers, in this order. */
export function wrongPosts(
  seed: number,
  authors: number,
  rows: readonly Row[],
  wanted: readonly number[],
): { key: string; says: string } | undefined {
  for (const [at, number] of wanted.entries()) {
    const id = postId(number);
    const says = difference(rows[at], id, seededPost(seed, number, authors));
    if (says !== undefined) return { key: `post:${id}`, says: `as number ${at + 1} of ${wanted.length}: ${says}` };
  }
  const extra = rows[wanted.length];
  return extra && { key: `post:${extra.id}`, says: `came beside the ${wanted.length} that were asked for` };
}
