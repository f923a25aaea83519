// The blog by REST alone: single records, pages, every way to write one, and requests that must be refused.
import type { Mix } from '../lib/core/load/mix.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import { seedBlog } from '../lib/k6/workloads/blog-seed.ts';
import { postMix } from '../lib/k6/workloads/post-mix.ts';
import { restActions } from '../lib/k6/workloads/rest-actions.ts';
import schema from '../schemas/blog.surql';
import thresholds from '../thresholds/rest.json';

const MIX = { get: 40, page: 20, missing: 5, write: 30, error: 5 } as const satisfies Mix<string>;
const reads = ['get', 'page', 'missing', 'read', 'error'];
const writes = ['create', 'merge', 'replace', 'delete'];

export const run = defineScenario({
  name: 'rest',
  protocols: ['rest'],
  checkers: ['answers'],
  settings: ['records'],
  schema,
  thresholds,
  operations: [...reads, ...writes],
  seed: seedBlog,
  iterate: (route) => () => step(route),
});

const step = postMix(run, 'r', MIX, restActions);
