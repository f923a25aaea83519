import { restRequest, understood } from '../../core/protocols/request.ts';
import { difference } from '../../core/verdict/table-shape.ts';
import { COMMENTS, POSTS, postId, seededComment, seededPost } from '../../core/workloads/blog.ts';
import { type Operations, operation } from '../operations/operation.ts';
import type { Route } from '../session/route.ts';
import { settings } from '../setup/environment.ts';
import { AUTHORS } from './blog-seed.ts';
import { wrongRecord } from './blog-user.ts';

const { seed, records } = settings;
const PAGE = 10;

type Action = 'get' | 'page' | 'missing' | 'error';

const OPERATIONS: Readonly<Record<Action, Operations>> = {
  get: operation({ f: 'get' }),
  page: operation({ f: 'page' }),
  missing: operation({ f: 'missing' }),
  error: operation({ f: 'error' }),
};

/** Requests whose answers follow from the seed; `n` is the number of a post. */
export const restActions: Readonly<Record<Action, (route: Route, n: number) => Promise<void>>> = {
  async get(route, n) {
    const key = `post:${postId(n)}`;
    const answer = await OPERATIONS.get(route)(route.client.read(POSTS, postId(n)), key);
    if (answer.outcome === 'ok') report(route, key, difference(answer.value, postId(n), seededPost(seed, n, AUTHORS)));
  },

  /** Comments, which nobody changes: `start` and `limit` must give exactly these. */
  async page(route, n) {
    const page = { start: n, limit: PAGE };
    const answer = await OPERATIONS.page(route)(route.client.list(COMMENTS, page));
    if (answer.outcome !== 'ok') return;
    for (let at = n; at < Math.min(records, n + PAGE); at++) {
      const wrong = difference(answer.value[at - n], postId(at), seededComment(seed, at, AUTHORS));
      report(route, `comment:${postId(at)}`, wrong && `on the page from ${n}: ${wrong}`);
    }
    const extra = answer.value[Math.min(PAGE, records - n)];
    report(route, `comment:${extra?.id}`, extra && `is beyond the page of ${PAGE} from ${n}`);
  },

  /** A record that is not there is an empty answer, not an error. */
  async missing(route, n) {
    const id = `missing${n}`;
    const answer = await OPERATIONS.missing(route)(route.client.read(POSTS, id));
    if (answer.outcome === 'ok') report(route, `post:${id}`, difference(answer.value, id, undefined));
  },

  /** A second create of a record, and a body that is none, must be refused. */
  async error(route, n) {
    const again = n % 2 === 0;
    const body = again ? '{"title":"again"}' : '{"title":';
    const request = understood<unknown[], unknown>(restRequest('POST', `post/${postId(n)}`, body), (answer) => {
      if (answer.outcome === 'failed' || (answer.outcome === 'unknown' && again))
        return { outcome: 'ok', value: answer.message };
      if (answer.outcome === 'ok') report(route, `post:${postId(n)}`, `was created again by ${body}`);
      return answer;
    });
    await OPERATIONS.error(route)(request);
  },
};

function report({ node }: Route, key: string, says: string | undefined): void {
  if (says !== undefined) wrongRecord({ node, protocol: 'rest', key, says });
}
