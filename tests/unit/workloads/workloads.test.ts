import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAnswers, FINDINGS } from '../../../lib/core/checkers/answers.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { picker } from '../../../lib/core/load/mix.ts';
import { wrongPosts } from '../../../lib/core/protocols/graphql-posts.ts';
import { classifyGraphql, classifySql } from '../../../lib/core/protocols/outcome.ts';
import { difference, type Row, rowOf, surrealObject } from '../../../lib/core/verdict/table-shape.ts';
import {
  A_GUEST,
  authorId,
  commentText,
  draftNear,
  isDraft,
  leaksAmong,
  NO_GUESTS,
  POSTS,
  postId,
  publishedNear,
  SESSION_MIX,
  seededPost,
  wrongFeed,
  wrongPost,
} from '../../../lib/core/workloads/blog.ts';
import {
  POSTS as CRUD_POSTS,
  contentOf,
  LIFE,
  problemsOfPage,
  USERS,
} from '../../../lib/core/workloads/crud-records.ts';

test('shares of a mix add up to a hundred, and each name is picked by its share', () => {
  const pick = picker(SESSION_MIX);
  const counts: Record<string, number> = {};
  for (let hundred = 0; hundred < 100; hundred++) {
    const name = pick(hundred);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  assert.deepEqual(counts, { ...SESSION_MIX });
  assert.throws(() => picker({ read: 50, write: 49 }), /add up to a hundred, not 99/);
});

test('rows are the same by every protocol: the own id without its table, links as table:id', () => {
  const expected = { id: 'p1', title: 't', author: 'user:u1' };
  assert.deepEqual(rowOf(CRUD_POSTS, { id: 'post:p1', title: 't', author: 'user:u1' }), expected);
  assert.deepEqual(rowOf(CRUD_POSTS, { id: 'post:p1', title: 't', author: { id: 'user:u1' } }), expected);
  assert.equal(rowOf(CRUD_POSTS, { id: 'user:p1' }).id, 'user:p1', 'a record of another table is another record');
});

test('SurrealQL of a content has links without quotes, and no text becomes one', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const content = { title: text, content: `${text}"author":"user:evil"`, author: 'user:u1' };
      const literal = surrealObject(CRUD_POSTS, content);
      assert.ok(literal.endsWith(',"author":user:u1}'), literal);
      assert.deepEqual(JSON.parse(literal.replace(/user:u1\}$/, '"user:u1"}')), content);
    }),
  );
});

test('a row that differs from what was written says how', () => {
  const written = { title: 'a', author: 'user:u1' };
  assert.equal(difference({ id: 'p1', ...written }, 'p1', written), undefined);
  assert.equal(difference(undefined, 'p1', undefined), undefined);
  assert.match(difference(undefined, 'p1', written) ?? '', /not there/);
  assert.match(difference({ id: 'p1' }, 'p1', undefined) ?? '', /still there/);
  assert.match(difference({ id: 'p2', ...written }, 'p1', written) ?? '', /another record came/);
  assert.equal(difference({ id: 'p1', ...written, title: 'b' }, 'p1', written), 'title is "b", must be "a"');
});

test('crud: content follows from seed, id and version; every step of a life has its table; a page of strangers is checked', () => {
  const content = contentOf(7, CRUD_POSTS, 'v0001n0000002', 3);
  assert.deepEqual(content, contentOf(7, CRUD_POSTS, 'v0001n0000002', 3));
  assert.notDeepEqual(content, contentOf(7, CRUD_POSTS, 'v0001n0000002', 4));
  assert.match(String(contentOf(7, USERS, 'v0001n0000002', 1).email), /^v0001n0000002\.1@/);
  assert.deepEqual(
    LIFE.filter(({ f }) => f === 'create' || f === 'delete').map(({ f, table }) => `${f} ${table.name}`),
    ['create user', 'create post', 'delete post', 'delete user'],
  );
  const row = (id: string): Row => ({ id, ...contentOf(7, CRUD_POSTS, id, 3) });
  const good = [row('v0001n0000001'), row('v0001n0000002')];
  assert.deepEqual(problemsOfPage(good, 2), []);
  assert.match(problemsOfPage(good, 1)[0]?.says ?? '', /one of 2 listed with limit 1/);
  assert.match(problemsOfPage(good.toReversed(), 2)[0]?.says ?? '', /out of order/);
  const mixed = { ...row('v0001n0000001'), content: row('v0001n0000002').content };
  assert.deepEqual(
    problemsOfPage([mixed], 2).map(({ key }) => key),
    ['post:v0001n0000001'],
  );
});

test('blog: every fifth post is a draft, and its neighbours are found', () => {
  for (let n = 0; n < 100; n++) {
    assert.equal(seededPost(7, n, 10).published, !isDraft(n));
    assert.ok(isDraft(draftNear(n)));
    assert.ok(!isDraft(publishedNear(n)));
  }
});

test('blog: a draft of somebody else is a leak; the own one is not, and published ones are for all', () => {
  const rows = [
    { id: 'p1', published: true, author: 'user:s1' },
    { id: 'p2', published: false, author: 'user:me' },
    { id: 'p3', published: false, author: 'user:s1' },
    { id: 'p4', author: 'user:s1' },
  ];
  assert.deepEqual(
    leaksAmong(rows, 'user:me').map(({ id }) => id),
    ['p3', 'p4'],
  );
});

test('blog: a feed has its length and the newest first; a post has its own comments only', () => {
  const feed = [
    { id: 'p2', created: 2 },
    { id: 'p1', created: 1 },
  ];
  assert.equal(wrongFeed(feed, 2), undefined);
  assert.match(wrongFeed(feed, 3) ?? '', /has 2 posts, must have 3/);
  assert.match(wrongFeed(feed.toReversed(), 2) ?? '', /post:p2 after an older one/);
  const expected = seededPost(7, 1, 10);
  const opened = {
    id: postId(1),
    ...expected,
    likes: [],
    comments: [{ text: commentText(7, 1, postId(1)), in: 'user:s1' }],
  };
  assert.equal(wrongPost(opened, postId(1), expected), undefined);
  const stranger = { text: commentText(7, 2, postId(2)), in: 'user:s1' };
  assert.match(wrongPost({ ...opened, comments: [stranger] }, postId(1), expected) ?? '', /another post's comment/);
});

test('graphql: rows must be the posts that were asked for, all of them, in order, and no more', () => {
  const row = (n: number): Row => ({ id: postId(n), ...seededPost(7, n, 10) });
  assert.equal(wrongPosts(7, 10, [row(1), row(2)], [1, 2]), undefined);
  assert.equal(wrongPosts(7, 10, [row(2), row(1)], [1, 2])?.key, `post:${postId(1)}`);
  assert.match(wrongPosts(7, 10, [row(1)], [1, 2])?.says ?? '', /number 2 of 2: it is not there/);
  assert.match(wrongPosts(7, 10, [row(1), row(2)], [1])?.says ?? '', /came beside/);
  assert.equal(row(1).author, `user:${authorId(1)}`);
  assert.deepEqual(POSTS.links, ['author']);
});

test('checker answers: what users saw is counted by kind, and the first is shown', () => {
  const operation = (f: string, key?: string, value?: string): Operation => ({
    process: 1,
    f,
    ...(key === undefined ? {} : { key, value }),
    node: 'surreal-2',
    protocol: 'rest',
    start: 1,
    end: 2,
    outcome: 'ok',
  });
  const history = (operations: Operation[]) => ({
    header: { history: 1, scenario: 'crud', seed: 7, nodes: ['surreal-1', 'surreal-2'] } as const,
    operations,
    damaged: 0,
  });
  assert.equal(checkAnswers(history([operation('read')])).valid, 'valid');
  const seen = [1, 2].map((n) => operation(FINDINGS['wrong record'].f, `post:p${n}`, 'title is "b"'));
  const { valid, anomalies, counts } = checkAnswers(history([operation('read'), ...seen]));
  assert.equal(valid, 'invalid');
  assert.deepEqual(
    anomalies.map(({ kind, count }) => [kind, count]),
    [['wrong record', 2]],
  );
  assert.equal(anomalies[0]?.first.message, 'post:p1 on surreal-2 by rest: title is "b"');
  assert.equal(counts.operations, 1);
  const refused = { ...operation('guest-feed'), outcome: 'failed', error: NO_GUESTS } as const;
  assert.match(checkAnswers(history([refused])).explanation, /What guests see was not tried: the nodes allow none/);
});

test('blog: every draft is a leak to a guest, and a node that allows none refuses in words, whatever the protocol', () => {
  const draft = { id: 'p1', published: false, author: 'user:s1' };
  assert.deepEqual(leaksAmong([draft, { ...draft, published: true }], A_GUEST), [draft]);
  const text = `${NO_GUESTS}: Not enough permissions to perform this action`;
  const answers = [
    classifySql({ status: 403, body: JSON.stringify({ code: 403, information: text }), error_code: 1403 }),
    classifyGraphql({
      status: 200,
      body: JSON.stringify({ errors: [{ message: `Internal Error: ${text}` }] }),
      error_code: 0,
    }),
  ];
  for (const answer of answers) {
    assert.equal(answer.outcome, 'failed');
    assert.ok(answer.outcome === 'failed' && answer.message.includes(NO_GUESTS));
  }
});
