import { query } from '../../core/protocols/request.ts';
import { hash } from '../../core/random/random.ts';
import { type Content, difference, type Row, rowOf } from '../../core/verdict/table-shape.ts';
import {
  A_GUEST,
  type BlogAction,
  COMMENTS,
  commentText,
  draftNear,
  isDraft,
  NO_GUESTS,
  POSTS,
  postId,
  publishedNear,
  seededPost,
  writtenPost,
  wrongFeed,
  wrongPost,
} from '../../core/workloads/blog.ts';
import { operation } from '../operations/operation.ts';
import { type Route, routeOf } from '../session/route.ts';
import { settings } from '../setup/environment.ts';
import { AUTHORS } from './blog-seed.ts';
import { type BlogUser, foreignEdit, lookForLeaks, wrongRecord } from './blog-user.ts';

const { seed, records } = settings;
/** Posts of a feed. */
const FEED = 20;
const FEED_TEXT = `SELECT id, title, author, published, created FROM post ORDER BY created DESC LIMIT ${FEED}`;

const editing = operation({ f: 'foreign-edit' });
const peeking = operation({ f: 'peek' });
const guestFeeding = operation({ f: 'guest-feed', refusal: NO_GUESTS });
const guestReading = operation({ f: 'guest-read', refusal: NO_GUESTS });

export type BlogActions = Readonly<Record<BlogAction, (user: BlogUser, route: Route, n: number) => Promise<void>>>;

/** What a user does on a node; `n` is the number of some post that was there before the load. */
export const blogActions: BlogActions = {
  'sign-in': (user, route) => user.enter(route),

  async feed(user, route) {
    const rows = await user.posts('feed', route, FEED_TEXT);
    report(route, 'post', rows && wrongFeed(rows, FEED));
  },

  async open(user, route, n) {
    const row = await user.open(route, postId(n));
    if (row !== undefined) report(route, `post:${postId(n)}`, wrongPost(row, postId(n), seededPost(seed, n, AUTHORS)));
  },

  async search(user, route, n) {
    const [word = ''] = String(seededPost(seed, n, AUTHORS).title).split(' ');
    const text = `SELECT id, title, author, published FROM post WHERE title @@ '${word}' LIMIT 10`;
    for (const { id, title } of (await user.posts('search', route, text)) ?? [])
      if (!String(title).includes(word)) report(route, `post:${id}`, `was found by "${word}": its title is "${title}"`);
  },

  guest: async (user, route, n) =>
    n % 2 === 0 ? await guestFeed(user, route) : await guestRead(routeOf(user.guest, route.node, route.client), n),

  async comment(user, route, n) {
    const post = postId(publishedNear(n));
    const text = commentText(seed, hash(n, user.made, 1), post);
    const edge = user.newId();
    if (!(await user.relate('comment', route, edge, post, `{"text":"${text}"}`))) return;
    const next = route.next();
    const seen = await user.open(next, post);
    const there = seen?.comments.some((comment) => comment.text === text && comment.in === user.link);
    if (seen !== undefined && !there) report(next, `${COMMENTS.name}:${edge}`, `it is not on post:${post}: "${text}"`);
  },

  async like(user, route, n) {
    const post = postId(publishedNear(n));
    const edge = user.newId();
    // A second like of one post is refused, by a unique index.
    if (user.liked.has(post)) return void (await user.open(route, post));
    user.liked.add(post);
    if (!(await user.relate('like', route, edge, post))) return;
    const next = route.next();
    const seen = await user.open(next, post);
    if (seen !== undefined && !seen.likes.includes(user.link)) report(next, `likes:${edge}`, `is not on post:${post}`);
  },

  async write(user, route, n) {
    const id = user.newId();
    const text = writtenPost(seed, hash(n, user.made, 2));
    const content = { ...text, author: user.link, published: false, created: Date.now() };
    if (await user.expected.write('create', route, POSTS, id, content))
      await user.expected.check(route.next(), POSTS, id, `after create on ${route.node.name}`);
  },

  publish: (user, route, n) => change(user, route, n, { published: true }),
  edit: (user, route, n) => change(user, route, n, { content: writtenPost(seed, hash(n, user.made, 3)).content }),

  async 'foreign-edit'(user, route, n) {
    const id = postId(n);
    const before = seededPost(seed, n, AUTHORS);
    const content = { ...before, title: 'taken over', author: user.link, published: true };
    const request = `${user.link} replaced it by ${JSON.stringify(content)}`;
    const { node, client } = route;
    const key = `post:${id}`;
    const answer = await editing(route)(client.replace(POSTS, id, content), key);
    if (answer.outcome === 'ok' && answer.value !== undefined)
      foreignEdit({
        node,
        protocol: client.protocol,
        key,
        says: `${request}, and was answered ${JSON.stringify(answer.value)}`,
      });
    const next = route.next();
    const seen = await user.open(next, id);
    const changed = seen && !isDraft(n) ? difference(seen, id, before) : undefined;
    if (changed !== undefined)
      foreignEdit({ node: next.node, protocol: client.protocol, key, says: `${request}: ${changed}` });
  },

  async peek(user, route, n) {
    const { node, client } = route;
    const id = postId(draftNear(n) % records);
    const answer = await peeking(route)(client.read(POSTS, id), `post:${id}`);
    if (answer.outcome === 'ok' && answer.value !== undefined)
      lookForLeaks(user.link, [answer.value], { node, protocol: client.protocol }, 'its id');
  },
};

/** The feed, to somebody who has not signed in: the published posts and no draft. */
async function guestFeed(user: BlogUser, route: Route): Promise<void> {
  const { node, client } = route;
  const answer = await guestFeeding(routeOf(user.guest, node, client))(query(FEED_TEXT));
  if (answer.outcome !== 'ok') return;
  const rows = (answer.value[0] as Row[]).map((row) => rowOf(POSTS, row));
  lookForLeaks(A_GUEST, rows, { node, protocol: 'sql' }, FEED_TEXT);
  report(route, 'post', wrongFeed(rows, FEED));
}

/** One post by its id, to somebody who has not signed in: it is the published one, or nothing where it is a draft. */
async function guestRead(route: Route, n: number): Promise<void> {
  const { node, client } = route;
  const number = n % 4 === 1 ? draftNear(n) % records : publishedNear(n);
  const key = `post:${postId(number)}`;
  const answer = await guestReading(route)(client.read(POSTS, postId(number)), key);
  if (answer.outcome !== 'ok') return;
  if (answer.value !== undefined) lookForLeaks(A_GUEST, [answer.value], { node, protocol: client.protocol }, 'its id');
  if (!isDraft(number)) report(route, key, difference(answer.value, postId(number), seededPost(seed, number, AUTHORS)));
}

/** Changes one of a post of the users, and looks at it on the next node. */
async function change(user: BlogUser, route: Route, n: number, content: Content): Promise<void> {
  const own = user.expected.records;
  const chosen = own[n % own.length];
  if (chosen === undefined || !(await user.expected.write('merge', route, POSTS, chosen.id, content))) return;
  await user.expected.check(route.next(), POSTS, chosen.id, `after merge on ${route.node.name}`);
}

function report({ node, client }: Route, key: string, says: string | undefined): void {
  if (says !== undefined) wrongRecord({ node, protocol: client.protocol, key, says });
}
