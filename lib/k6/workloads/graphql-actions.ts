import { ERRONEOUS_QUERIES, POST_FIELDS, wrongPosts } from '../../core/protocols/graphql-posts.ts';
import { graphqlQuery, understood } from '../../core/protocols/request.ts';
import { rowOf } from '../../core/verdict/table-shape.ts';
import { isDraft, POSTS, postId, seededPost, seededUser } from '../../core/workloads/blog.ts';
import { type Operations, operation } from '../operations/operation.ts';
import type { Route } from '../session/route.ts';
import { settings } from '../setup/environment.ts';
import { AUTHORS } from './blog-seed.ts';
import { wrongRecord } from './blog-user.ts';

const { seed, records } = settings;
const PAGE = 10;
const SELECTION = `${POST_FIELDS} author { id }`;

type Entry = Readonly<Record<string, unknown>>;
type Variables = Readonly<Record<string, unknown>>;

interface Connection {
  readonly edges: readonly { readonly node: Entry }[];
  readonly pageInfo: { readonly endCursor: string | null };
}

type Query = 'get' | 'filter' | 'feed' | 'connection' | 'error';

const OPERATIONS: Readonly<Record<Query, Operations>> = {
  get: operation({ f: 'get' }),
  filter: operation({ f: 'filter' }),
  feed: operation({ f: 'feed' }),
  connection: operation({ f: 'connection' }),
  error: operation({ f: 'error' }),
};

async function ask<T>(route: Route, f: Query, text: string, variables: Variables): Promise<T | undefined> {
  const answer = await OPERATIONS[f](route)(graphqlQuery(text, variables));
  return answer.outcome === 'ok' ? (answer.value.it as T) : undefined;
}

/** Queries whose answers follow from the seed, to the last field; `n` is the number of a post that is not a draft. */
export const graphqlActions: Readonly<Record<Query, (route: Route, n: number) => Promise<void>>> = {
  async get(route, n) {
    const text = `query($id: ID!) { it: post(id: $id) { ${POST_FIELDS} author { id name } } }`;
    const post = await ask<{ author: { name: string } } & Entry>(route, 'get', text, { id: postId(n) });
    if (post === undefined) return;
    compare(route, post === null ? [] : [post], [n]);
    const { name } = seededUser(seed, n % AUTHORS);
    if (post?.author.name !== name) report(route, `post:${postId(n)}`, `its author is not "${name}"`);
  },

  /** A range by two conditions, in order. */
  async filter(route, n) {
    const from = createdOf(n);
    const filter = { created: { gte: from, lt: from + PAGE } };
    const text = `query($filter: _filter_post) { it: posts(filter: $filter, order: { asc: created }) { ${SELECTION} } }`;
    compare(route, await ask(route, 'filter', text, { filter }), upwards(n, n + PAGE));
  },

  /** The newest published ones. */
  async feed(route, n) {
    const text = `query($limit: Int, $filter: _filter_post) { it: posts(limit: $limit, order: { desc: created }, filter: $filter) { ${SELECTION} } }`;
    const newest = upwards(n, n + 2 * PAGE).filter((number) => !isDraft(number));
    const variables = { limit: PAGE, filter: publishedBetween(n, n + 2 * PAGE) };
    compare(route, await ask(route, 'feed', text, variables), newest.reverse().slice(0, PAGE));
  },

  /** Two pages by cursor, from two nodes: together they are all that there are, none twice and none left out. */
  async connection(route, n) {
    const text = `query($first: Int, $after: String, $filter: _filter_post) { it: postsConnection(first: $first, after: $after, filter: $filter) { edges { node { ${SELECTION} } } pageInfo { endCursor } } }`;
    const variables = { first: PAGE, filter: publishedBetween(n, n + 2 * PAGE) };
    const first = await ask<Connection>(route, 'connection', text, variables);
    const next = route.next();
    const after = first?.pageInfo.endCursor;
    const second = await ask<Connection>(next, 'connection', text, { ...variables, ...(after ? { after } : {}) });
    if (first === undefined || second === undefined) return;
    const wanted = upwards(n, n + 2 * PAGE).filter((number) => !isDraft(number));
    const found = [...first.edges, ...second.edges].map(({ node }) => node);
    compare(next, found, wanted);
  },

  /** A wrong query is refused in words, and not answered with something. */
  async error(route, n) {
    const [what, text] = ERRONEOUS_QUERIES[n % ERRONEOUS_QUERIES.length] ?? ERRONEOUS_QUERIES[0];
    const request = understood<Entry, unknown>(graphqlQuery(text, {}), (answer) => {
      if (answer.outcome === 'failed' && answer.kind === 'GraphQL') return { outcome: 'ok', value: answer.message };
      if (answer.outcome === 'ok') report(route, 'post', `${what} was answered: ${JSON.stringify(answer.value)}`);
      return answer;
    });
    await OPERATIONS.error(route)(request);
  },
};

const createdOf = (n: number): number => Number(seededPost(seed, n, AUTHORS).created);

const publishedBetween = (from: number, to: number) => ({
  published: { eq: true },
  created: { gte: createdOf(from), lt: createdOf(to) },
});

/** Numbers of posts from one to below another, as far as there are posts. */
function upwards(from: number, to: number): number[] {
  return Array.from({ length: Math.min(to, records) - from }, (_, at) => from + at);
}

function compare(route: Route, entries: readonly Entry[] | undefined, wanted: readonly number[]): void {
  if (entries === undefined) return;
  const wrong = wrongPosts(
    seed,
    AUTHORS,
    entries.map((entry) => rowOf(POSTS, entry)),
    wanted,
  );
  if (wrong !== undefined) report(route, wrong.key, wrong.says);
}

function report({ node }: Route, key: string, says: string): void {
  wrongRecord({ node, protocol: 'graphql', key, says });
}
