// The blog by GraphQL alone: variables, nested records, filters, order, cursors, mutations, and errors that must be errors.
import type { Mix } from '../lib/core/load/mix.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import { seedBlog } from '../lib/k6/workloads/blog-seed.ts';
import { graphqlActions } from '../lib/k6/workloads/graphql-actions.ts';
import { postMix } from '../lib/k6/workloads/post-mix.ts';
import schema from '../schemas/blog.surql';
import thresholds from '../thresholds/graphql.json';

const MIX = { get: 30, filter: 15, feed: 15, connection: 10, write: 25, error: 5 } as const satisfies Mix<string>;
const reads = ['get', 'filter', 'feed', 'connection', 'read', 'error'];
const mutations = ['create', 'merge', 'replace', 'delete'];

export const run = defineScenario({
  name: 'graphql',
  protocols: ['graphql'],
  checkers: ['answers'],
  settings: ['records'],
  schema,
  thresholds,
  operations: [...reads, ...mutations],
  seed: seedBlog,
  iterate: (route) => () => step(route),
});

const step = postMix(run, 'g', MIX, graphqlActions);
