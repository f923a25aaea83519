import { type Mix, picker } from '../../core/load/mix.ts';
import { publishedNear } from '../../core/workloads/blog.ts';
import type { Route } from '../session/route.ts';
import { settings } from '../setup/environment.ts';
import type { Scenario } from '../test/scenario.ts';
import { PostLife } from './post-life.ts';

/**
 * The load of a blog over one protocol: by their shares, the next step in the life of a post of the user (`write`), or a
 * request about published ones.
 * @param letter begins the ids of the user's posts, so that scenarios do not meet
 */
export function postMix<Request extends string>(
  run: Scenario,
  letter: string,
  mix: Mix<Request | 'write'>,
  requests: Readonly<Record<Request, (route: Route, n: number) => Promise<void>>>,
): (route: Route) => Promise<void> {
  const pick = picker(mix);
  const life = new PostLife(letter);
  return async (route) => {
    const action = pick(run.random(100));
    if (action === 'write') await life.next(route);
    else await requests[action as Request](route, publishedNear(run.random(settings.records)));
  };
}
