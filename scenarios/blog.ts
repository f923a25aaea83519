// Readers and authors of a blog, guests or signed in as record users; some of them try what is forbidden, on every node.
import { Counter } from 'k6/metrics';
import { picker } from '../lib/core/load/mix.ts';
import { PROTOCOLS } from '../lib/core/protocols/protocols.ts';
import { SESSION_MIX } from '../lib/core/workloads/blog.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { settings } from '../lib/k6/setup/environment.ts';
import { userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import { blogActions } from '../lib/k6/workloads/blog-actions.ts';
import { seedBlog, verifySeededPosts } from '../lib/k6/workloads/blog-seed.ts';
import { BlogUser } from '../lib/k6/workloads/blog-user.ts';
import blogSchema from '../schemas/blog.surql';
import permissions from '../schemas/permissions.surql';
import thresholds from '../thresholds/blog.json';

/** Nodes on which this user has not yet compared its share of the posts: zero when verification is through. */
const unverifiedNodes = new Counter('unverified_nodes');
const readers = ['sign-up', 'sign-in', 'feed', 'open', 'search', 'read', 'guest-feed', 'guest-read'];
const writers = ['comment', 'like', 'create', 'merge', 'foreign-edit', 'peek'];

export const run = defineScenario({
  name: 'blog',
  protocols: PROTOCOLS,
  checkers: ['answers'],
  settings: ['records'],
  schema: blogSchema + permissions,
  thresholds,
  operations: [...readers, ...writers],
  seed: seedBlog,
  iterate: (route) => () => blog(route),
  verify,
});

const pick = picker(SESSION_MIX);
let me: BlogUser | undefined;

async function blog(route: Route): Promise<void> {
  me ??= new BlogUser(userId(), route.session.namespace);
  const own = me.route(route);
  if (own === undefined) await me.enter(route);
  else await blogActions[pick(run.random(100))](me, own, run.random(settings.records));
}

/** At the end no post may be other than it was made, on any node: each user compares a share, with a root user's eyes. */
async function verify(): Promise<void> {
  unverifiedNodes.add(run.nodes.length);
  for (const node of run.nodes) if (verifySeededPosts(run.to(node), userId() - 1, run.users())) unverifiedNodes.add(-1);
}
