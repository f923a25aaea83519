import http from 'k6/http';
import { Router } from '../../core/protocols/routing.ts';
import { settings } from '../setup/environment.ts';
import { now, userId } from '../test/execution.ts';
import { type Node, nodes } from './nodes.ts';

/** A node that is well answers at once; a user should not wait long for one that is not. */
const LOOK_TIMEOUT = '500ms';

function isBack(node: Node): boolean {
  const { status } = http.get(`${node.url}/health`, {
    timeout: LOOK_TIMEOUT,
    responseType: 'none',
    tags: { node: node.name, operation: 'look-back', name: 'GET /health' },
  });
  return status === 200;
}

let router: Router<Node> | undefined;

/** The way of the user that asks: each has one of its own. */
export function routerOfUser(): Router<Node> {
  router ??= new Router(settings.routing, nodes, userId(), { now, isBack });
  return router;
}
