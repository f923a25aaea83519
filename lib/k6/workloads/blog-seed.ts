import { difference, type Row, rowOf } from '../../core/verdict/table-shape.ts';
import {
  authorId,
  COMMENTS,
  POSTS,
  postId,
  seededComment,
  seededPost,
  seededUser,
  USERS,
} from '../../core/workloads/blog.ts';
import { queryPatiently } from '../operations/final-read.ts';
import type { Route } from '../session/route.ts';
import { settings } from '../setup/environment.ts';
import { seedRecords } from '../setup/seeding.ts';
import { foreignEdit, wrongRecord } from './blog-user.ts';

const { seed, records } = settings;
const PAGE = 500;

/** A tenth as many authors as posts. */
export const AUTHORS = Math.ceil(records / 10);

/** Authors, posts and one comment on each. */
export function seedBlog(route: Route): void {
  seedRecords(route, USERS, AUTHORS, (n) => ({ id: authorId(n), content: seededUser(seed, n) }));
  seedRecords(route, POSTS, records, (n) => ({ id: postId(n), content: seededPost(seed, n, AUTHORS) }));
  const commentOf = (n: number) => ({ id: postId(n), content: seededComment(seed, n, AUTHORS) });
  seedRecords(route, COMMENTS, records, commentOf, 'INSERT RELATION INTO');
}

/**
 * Compares one of `shares` equal parts of the posts that were there before the load: nobody had the right to change them.
 * @returns whether the node answered to the end
 */
export function verifySeededPosts(route: Route, share: number, shares: number): boolean {
  const end = Math.floor((records * (share + 1)) / shares);
  for (let from = Math.floor((records * share) / shares); from < end; from += PAGE) {
    const to = Math.min(end, from + PAGE);
    const page = queryPatiently(route, `SELECT * FROM post:${postId(from)}..${postId(to)}`);
    if (page === undefined) return false;
    const rows = new Map((page.values[0] as Row[]).map((row) => rowOf(POSTS, row)).map((row) => [row.id, row]));
    for (let n = from; n < to; n++) {
      const row = rows.get(postId(n));
      const says = difference(row, postId(n), seededPost(seed, n, AUTHORS));
      // A post that is missing was lost; only the content of one that is there can be another user's.
      const report = row === undefined ? wrongRecord : foreignEdit;
      if (says !== undefined)
        report({
          node: route.node,
          protocol: 'sql',
          key: `post:${postId(n)}`,
          says: `at the end, to the root user: ${says}`,
        });
    }
  }
  return true;
}
