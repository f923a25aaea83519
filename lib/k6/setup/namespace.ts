import { sleep } from 'k6';
import { CLIENTS } from '../../core/protocols/clients.ts';
import type { Answer } from '../../core/protocols/outcome.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import { graphqlQuery, query } from '../../core/protocols/request.ts';
import { type Node, nodes } from '../session/nodes.ts';
import { type Route, routeOf } from '../session/route.ts';
import { type Namespace, Session, SignInError, signIn, type Token } from '../session/session.ts';
import { stop } from './abort.ts';
import { settings } from './environment.ts';

/** Signs in, and names a namespace of its own. */
export function begin(): { namespace: string; token: Token } {
  return { namespace: settings.namespace ?? freshName(), token: signInOrStop(firstNode()) };
}

/**
 * Makes a database with a scenario's tables and records, and checks that every node sees it. Ends the test with a message
 * that names node, cause and next step where something is not as it must be.
 */
export function prepare(
  { namespace, database }: Namespace,
  token: Token,
  schema: string,
  protocols: readonly Protocol[],
  seed: (route: Route) => void = () => {},
): void {
  const first = firstNode();
  const route = routeOf(new Session({ namespace, database }, token), first, CLIENTS.sql);

  const make = `DEFINE NAMESPACE IF NOT EXISTS ${namespace}; USE NS ${namespace}; DEFINE DATABASE IF NOT EXISTS ${database};`;
  expect(define(route, make), `${first.name} could not make namespace ${namespace}`);
  const graphql = protocols.includes('graphql') ? 'DEFINE CONFIG IF NOT EXISTS GRAPHQL AUTO;' : '';
  expect(define(route, schema + graphql), `${first.name} refused the schema`);

  seed(route);
  for (const node of nodes) {
    const seen = route.to(node).ask('setup', query('INFO FOR DB'));
    expect(
      seen,
      `${node.name} (${node.url}) does not see what was made on ${first.name}. Nodes of one cluster share one store`,
    );
    if (protocols.includes('graphql')) checkGraphql(route.to(node));
  }
}

/** Removes the run's namespace with everything in it, by the first node that does it. */
export function remove(namespace: Namespace): void {
  for (const node of nodes) {
    const problem = removeOn(node, namespace);
    if (problem === undefined) return;
    console.error(`${node.name} could not remove namespace ${namespace.namespace}: ${problem}`);
  }
}

/** With a token of its own: that of the set-up has expired where the load was long. @returns why it could not */
function removeOn(node: Node, namespace: Namespace): string | undefined {
  try {
    const route = routeOf(new Session(namespace, signIn(node)), node, CLIENTS.sql);
    const removed = route.ask('teardown', query(`REMOVE NAMESPACE IF EXISTS ${namespace.namespace}`));
    return removed.outcome === 'ok' ? undefined : removed.message;
  } catch (error) {
    if (error instanceof SignInError) return error.message;
    throw error;
  }
}

function firstNode(): Node {
  return nodes[0] ?? stop('There is no node: set SURREAL_NODES.');
}

/** Definitions meet conflicts with the engine's own bookkeeping, and are safe to repeat: all of them say IF NOT EXISTS. */
function define(route: Route, text: string): Answer<unknown[]> {
  let answer = route.ask('setup', query(text));
  for (let attempt = 1; attempt < 10 && answer.outcome === 'conflict'; attempt++) {
    sleep(0.02 * attempt);
    answer = route.ask('setup', query(text));
  }
  return answer;
}

function checkGraphql(route: Route): void {
  const { node } = route;
  const answer = route.ask('setup', graphqlQuery('{ __typename }', {}));
  if (answer.outcome === 'ok') return;
  stop(
    `${node.name} (${node.url}) has no GraphQL (${answer.message}). It takes a SurrealDB server: \`npm run setup\` shows how to get one. Or choose --protocol sql or rest.`,
  );
}

function signInOrStop(node: Node): Token {
  try {
    return signIn(node);
  } catch (error) {
    if (error instanceof SignInError) return stop(error.message);
    throw error;
  }
}

function expect(answer: Answer<unknown>, failure: string): void {
  if (answer.outcome !== 'ok') stop(`${failure}: ${answer.message}`);
}

/** Unique among runs: milliseconds in base 36 and a random tail. */
function freshName(): string {
  const tail = Math.floor(Math.random() * 36 ** 4).toString(36);
  return `load_${Date.now().toString(36)}${tail.padStart(4, '0')}`;
}
