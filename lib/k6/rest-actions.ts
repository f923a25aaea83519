import { COMMENTS, POSTS, postId, seededComment, seededPost } from '../core/blog.ts';
import { classifySql } from '../core/outcome.ts';
import { difference } from '../core/table-shape.ts';
import { AUTHORS } from './blog-seed.ts';
import { wrongRecord } from './blog-user.ts';
import { settings } from './environment.ts';
import type { Operate } from './operate.ts';
import type { Route } from './protocols.ts';

const { seed, records } = settings;
const PAGE = 10;

type Request = 'get' | 'page' | 'missing' | 'error';

/** Requests whose answers follow from the seed; `n` is the number of a post. */
export function restActions(operate: Operate): Readonly<Record<Request, (route: Route, n: number) => void>> {
  return {
    get(route, n) {
      const { session, node, client } = route;
      const key = `post:${postId(n)}`;
      const answer = operate({ f: 'get', key }, node, 'rest', () => client.read(session, node, POSTS, postId(n)));
      if (answer.outcome === 'ok')
        report(route, key, difference(answer.value, postId(n), seededPost(seed, n, AUTHORS)));
    },

    /** Comments, which nobody changes: `start` and `limit` must give exactly these. */
    page(route, n) {
      const { session, node, client } = route;
      const page = { operation: 'page', start: n, limit: PAGE };
      const answer = operate({ f: 'page' }, node, 'rest', () => client.list(session, node, COMMENTS, page));
      if (answer.outcome !== 'ok') return;
      for (let at = n; at < Math.min(records, n + PAGE); at++) {
        const wrong = difference(answer.value[at - n], postId(at), seededComment(seed, at, AUTHORS));
        report(route, `comment:${postId(at)}`, wrong && `on the page from ${n}: ${wrong}`);
      }
      const extra = answer.value[Math.min(PAGE, records - n)];
      report(route, `comment:${extra?.id}`, extra && `is beyond the page of ${PAGE} from ${n}`);
    },

    /** A record that is not there is an empty answer, not an error. */
    missing(route, n) {
      const { session, node, client } = route;
      const id = `missing${n}`;
      const answer = operate({ f: 'missing' }, node, 'rest', () => client.read(session, node, POSTS, id));
      if (answer.outcome === 'ok') report(route, `post:${id}`, difference(answer.value, id, undefined));
    },

    /** A second create of a record, and a body that is none, must be refused. */
    error(route, n) {
      const { session, node } = route;
      const again = n % 2 === 0;
      const body = again ? '{"title":"again"}' : '{"title":';
      operate<unknown>({ f: 'error' }, node, 'rest', () => {
        const answer = session.ask(node, 'rest', 'error', 'POST', `/key/post/${postId(n)}`, body, classifySql);
        if (answer.outcome === 'failed' || (answer.outcome === 'unknown' && again))
          return { outcome: 'ok', value: answer.message };
        if (answer.outcome === 'ok') report(route, `post:${postId(n)}`, `was created again by ${body}`);
        return answer;
      });
    },
  };
}

function report({ node }: Route, key: string, says: string | undefined): void {
  if (says !== undefined) wrongRecord({ node, protocol: 'rest', key, says });
}
