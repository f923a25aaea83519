// The blog by REST alone: single records, pages, every way to write one, and requests that must be refused.
import { publishedNear } from '../lib/core/blog.ts';
import { type Mix, picker } from '../lib/core/mix.ts';
import { seedBlog } from '../lib/k6/blog-seed.ts';
import { settings } from '../lib/k6/environment.ts';
import { PostLife } from '../lib/k6/post-life.ts';
import { restActions } from '../lib/k6/rest-actions.ts';
import { defineScenario, type RunData } from '../lib/k6/scenario.ts';
import schema from '../schemas/blog.surql';
import thresholds from '../thresholds/rest.json';

const MIX = { get: 40, page: 20, missing: 5, write: 30, error: 5 } as const satisfies Mix<string>;
const reads = ['get', 'page', 'missing', 'read', 'error'];
const writes = ['create', 'merge', 'replace', 'delete'];

export const run = defineScenario({
  name: 'rest',
  schema,
  thresholds,
  operations: [...reads, ...writes],
  seed: seedBlog,
  iterate: rest,
});

const pick = picker(MIX);
const actions = restActions(run.operate);
const life = new PostLife('r', run.operate, run.nodeAfter);

function rest(data: RunData): void {
  const route = { session: run.session(data), ...run.turn() };
  const action = pick(run.random(100));
  if (action === 'write') life.next(route);
  else actions[action](route, publishedNear(run.random(settings.records)));
}
