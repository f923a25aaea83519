import type { Mix } from '../load/mix.ts';
import { hash } from '../random/random.ts';
import { nameFrom, sentenceFrom } from '../random/sentences.ts';
import { type Content, difference, type Row, type TableShape } from '../verdict/table-shape.ts';

export const USERS: TableShape = { name: 'user', fields: ['name', 'email'], links: [] };
export const POSTS: TableShape = {
  name: 'post',
  fields: ['title', 'content', 'author', 'published', 'created'],
  links: ['author'],
};
export const COMMENTS: TableShape = { name: 'comment', fields: ['text', 'in', 'out'], links: ['in', 'out'] };

/** What a reader and author does, in shares of a hundred, now and then before signing in; the last two try what is forbidden. */
export const SESSION_MIX = {
  feed: 22,
  open: 25,
  guest: 6,
  search: 7,
  comment: 8,
  like: 7,
  write: 6,
  publish: 5,
  edit: 5,
  'sign-in': 1,
  'foreign-edit': 4,
  peek: 4,
} as const satisfies Mix<string>;
export type BlogAction = keyof typeof SESSION_MIX;

/** Every fifth post that is there before the load is a draft. */
export const isDraft = (number: number): boolean => number % 5 === 4;
/** The draft nearest to a post. */
export const draftNear = (number: number): number => number - (number % 5) + 4;

/** The published post nearest to one. */
export const publishedNear = (number: number): number => (isDraft(number) ? number - 1 : number);

export const postId = (number: number): string => `p${String(10_000_000 + number).slice(1)}`;
export const authorId = (number: number): string => `s${number}`;

/** A moment before every run: posts that are written during one are newer. Milliseconds since the epoch. */
const FIRST_CREATED = 1_700_000_000_000;

/** Users and posts that are there before the load follow from seed and number. */
export const seededUser = (seed: number, number: number): Content => ({
  name: nameFrom(seed, number),
  email: `${authorId(number)}@example.org`,
});

export function seededPost(seed: number, number: number, authors: number): Content {
  return {
    ...writtenPost(seed, hash(seed, number, 1)),
    author: `user:${authorId(number % authors)}`,
    published: !isDraft(number),
    created: FIRST_CREATED + number,
  };
}

export const writtenPost = (seed: number, key: number) => ({
  title: sentenceFrom(seed, key, 5),
  content: sentenceFrom(seed, key + 1, 40),
});

export const seededComment = (seed: number, number: number, authors: number): Content => ({
  text: commentText(seed, number, postId(number)),
  in: `user:${authorId((number + 1) % authors)}`,
  out: `post:${postId(number)}`,
});

/** A comment says which post it belongs to. */
export const commentText = (seed: number, key: number, post: string): string =>
  `${sentenceFrom(seed, key, 8)} (on ${post})`;

/** Whom a guest is called; no record has this author. */
export const A_GUEST = 'a guest';
/** How a node that allows no guests refuses them (SurrealDB 3.3.5). */
export const NO_GUESTS = 'Anonymous access not allowed';

/** Drafts of others among rows that a user was shown. */
export const leaksAmong = (rows: readonly Row[], user: string): Row[] =>
  rows.filter(({ published, author }) => published !== true && author !== user);

/** What is wrong with a feed: too many or too few posts, or not the newest first. */
export function wrongFeed(rows: readonly Row[], length: number): string | undefined {
  if (rows.length !== length) return `the feed has ${rows.length} posts, must have ${length}`;
  const at = rows.findIndex(({ created }, index) => index > 0 && Number(created) > Number(rows[index - 1]?.created));
  return at < 0 ? undefined : `the feed shows post:${rows[at]?.id} after an older one`;
}

/** A post with what hangs on it, as a traversal of the graph returns it. */
export interface OpenedPost extends Row {
  readonly comments: readonly { readonly text: string; readonly in: string }[];
  readonly likes: readonly string[];
}

/** What is wrong with an opened post. */
export function wrongPost(row: OpenedPost, id: string, expected: Content): string | undefined {
  const foreign = row.comments.find(({ text }) => !text.endsWith(`(on ${id})`));
  if (foreign !== undefined) return `it shows another post's comment: ${JSON.stringify(foreign)}`;
  return difference(row, id, expected);
}
