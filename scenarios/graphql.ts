// The blog by GraphQL alone: variables, nested records, filters, order, cursors, mutations, and errors that must be errors.
import { publishedNear } from '../lib/core/blog.ts';
import { type Mix, picker } from '../lib/core/mix.ts';
import { seedBlog } from '../lib/k6/blog-seed.ts';
import { settings } from '../lib/k6/environment.ts';
import { graphqlActions } from '../lib/k6/graphql-actions.ts';
import { PostLife } from '../lib/k6/post-life.ts';
import { defineScenario, type RunData } from '../lib/k6/scenario.ts';
import schema from '../schemas/blog.surql';
import thresholds from '../thresholds/graphql.json';

const MIX = { get: 30, filter: 15, feed: 15, connection: 10, write: 25, error: 5 } as const satisfies Mix<string>;
const reads = ['get', 'filter', 'feed', 'connection', 'read', 'error'];
const mutations = ['create', 'merge', 'replace', 'delete'];

export const run = defineScenario({
  name: 'graphql',
  schema,
  thresholds,
  operations: [...reads, ...mutations],
  seed: seedBlog,
  iterate: graphql,
});

const pick = picker(MIX);
const actions = graphqlActions(run.operate, run.nodeAfter);
const life = new PostLife('g', run.operate, run.nodeAfter);

function graphql(data: RunData): void {
  const route = { session: run.session(data), ...run.turn() };
  const action = pick(run.random(100));
  if (action === 'write') life.next(route);
  else actions[action](route, publishedNear(run.random(settings.records)));
}
