import { sleep } from 'k6';
import { definitionsIn, tablesOf } from '../../core/access/definitions.ts';
import { describeUser, kindOf } from '../../core/access/node-user.ts';
import {
  creationOf,
  looksForGiven,
  type Namespace,
  noteStatement,
  type RunDatabase,
  removalOf,
} from '../../core/access/run-place.ts';
import { CLIENTS } from '../../core/protocols/clients.ts';
import type { Answer } from '../../core/protocols/outcome.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import { graphqlQuery, query } from '../../core/protocols/request.ts';
import { type Node, nodes } from '../session/nodes.ts';
import { type Route, routeOf } from '../session/route.ts';
import { Session, SignInError, signIn, type Token } from '../session/session.ts';
import { stop } from './abort.ts';
import { credentials, settings } from './environment.ts';

const MORE_RIGHTS =
  'Sign in as a user with the role EDITOR; access methods, users and the configuration of GraphQL need OWNER.';
const KIND = kindOf(credentials);
const USER = describeUser(credentials);

/** Signs in, and names what the run creates. @param parts scenarios, each with a database of its own */
export function begin(parts: number): { run: string; token: Token } {
  const { database } = credentials;
  if (parts > 1 && database !== undefined)
    stop(
      `The scenario is composed of ${parts}, each with a database of its own, and SURREAL_DATABASE gives one. Unset it (and do without --database), or run one of the parts.`,
    );
  return { run: settings.run ?? freshName(), token: signInOrStop(firstNode()) };
}

/** What a scenario needs before the load. */
interface Preparation extends RunDatabase {
  readonly token: Token;
  readonly schema: string;
  readonly protocols: readonly Protocol[];
  readonly seed?: (route: Route) => void;
  readonly rehearse?: (route: Route) => void;
}

/**
 * Prepares a database with a scenario's tables and records, and checks that every node sees it. Ends the test with a message that
 * names node, cause and next step if something is missing or not permitted.
 */
export function prepare({ run, place, token, schema, protocols, seed, rehearse }: Preparation): void {
  const first = firstNode();
  const route = routeOf(new Session(place, token), first, CLIENTS.sql);
  if (KIND === 'record') checkTables(route, tablesOf(definitionsIn(schema)), rehearse !== undefined);
  else {
    checkGiven(route);
    if (credentials.database === undefined) createDatabase(route, place);
    else claimDatabase(route, { run, place }, schema);
    expect(define(route, schema), `${first.name} refused the schema`);
    if (protocols.includes('graphql'))
      expect(define(route, 'DEFINE CONFIG IF NOT EXISTS GRAPHQL AUTO;'), `${USER} cannot enable GraphQL`);
  }
  seed?.(route);
  if (KIND === 'record') rehearse?.(route);
  for (const node of nodes) {
    const seen = route.to(node).ask('setup', query(KIND === 'record' ? 'RETURN $auth.id' : 'INFO FOR DB'));
    expect(
      seen,
      `${node.name} (${node.url}) does not see what was made on ${first.name}. Nodes of one cluster share one store`,
    );
    if (protocols.includes('graphql')) checkGraphql(route.to(node));
  }
}

function createDatabase(route: Route, { namespace, database }: Namespace): void {
  const failure = `${USER} could not create database ${database} in namespace ${namespace}`;
  expect(define(route, creationOf(credentials, { namespace, database })), failure);
}

/** Creates a database beside that of a scenario, with its tables. @param route of the scenario's database */
export function createBeside({ session, node, client }: Route, name: string, schema: string): void {
  const beside = session.beside(name);
  const route = routeOf(beside, node, client);
  createDatabase(route, beside.namespace);
  expect(define(route, schema), `${node.name} refused the schema of database ${beside.namespace.database}`);
}

/** Looks that a given database has nothing yet of what the schema defines, and notes there what the run is about to define. */
function claimDatabase(route: Route, { run, place: { namespace, database } }: RunDatabase, schema: string): void {
  const info = route.ask('setup', query('INFO FOR DB'));
  expect(info, `${USER} may not look into database ${database} of namespace ${namespace}`);
  const known = (info.outcome === 'ok' ? info.value[0] : {}) as Record<string, Record<string, string>>;
  const definitions = definitionsIn(schema);
  const taken = definitions.filter(({ kind, name }) => known[kind]?.[name] !== undefined);
  if (taken.length > 0)
    stop(
      `Database ${database} of namespace ${namespace} has ${taken.map(({ kind, name }) => `${name} (${kind})`).join(', ')} already, and a run changes nothing that it did not define. Give another --database, or only --namespace.`,
    );
  const note = define(route, noteStatement(run, definitions));
  expect(note, `${USER} may not define anything in database ${database} of namespace ${namespace}`);
}

function checkGiven(route: Route): void {
  for (const { what, look, missing } of looksForGiven(credentials)) {
    const seen = route.ask('setup', query(look));
    expect(seen, `${USER} may not look for the ${what}`);
    const problem = seen.outcome === 'ok' ? missing(seen.value[0]) : undefined;
    if (problem !== undefined) stop(problem);
  }
}

/** A record user defines nothing: the tables must be there for it, without records, as a run reads all of them. */
function checkTables(route: Route, tables: readonly string[], canRehearse: boolean): void {
  if (!canRehearse)
    stop(
      `${USER} may not define the tables of this scenario. Record users run workload files; for this scenario sign in as a database user.`,
    );
  for (const table of tables) {
    const seen = route.ask('setup', query(`SELECT VALUE id FROM ${table} LIMIT 1`));
    expect(seen, `${USER} may not read table ${table}, which must be defined before the run`);
    if (seen.outcome === 'ok' && (seen.value[0] as unknown[]).length > 0)
      stop(`Table ${table} has records already, and a run of a record user starts without. Delete them first.`);
  }
}

/** Removes what the run created, by the first node that does it. */
export function removeOwn({ run, place }: RunDatabase, tables: readonly string[] = []): void {
  for (const node of nodes) {
    const problem = removeOn(node, { run, place }, tables);
    if (problem === undefined) return;
    console.error(`${node.name} could not remove what ${run} created: ${problem}`);
  }
}

/** With a token of its own: that of the set-up has expired where the load was long. @returns why it could not */
function removeOn(node: Node, { run, place }: RunDatabase, tables: readonly string[]): string | undefined {
  try {
    const route = routeOf(new Session(place, signIn(node)), node, CLIENTS.sql);
    const { look, remove } = removalOf(credentials, run);
    const seen = route.ask('teardown', query(look));
    if (seen.outcome !== 'ok') return seen.message;
    const text = KIND === 'record' ? tables.map((table) => `DELETE ${table};`).join('') : remove(seen.value[0]);
    const removed = text === '' ? seen : route.ask('teardown', query(text));
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
  if (answer.outcome === 'ok') return;
  const next = answer.kind === 'NotAllowed' ? `. ${MORE_RIGHTS}` : '';
  stop(`${failure}: ${answer.message}${next}`);
}

/** Unique among runs: milliseconds in base 36 and a random tail. */
function freshName(): string {
  const tail = Math.floor(Math.random() * 36 ** 4).toString(36);
  return `load_${Date.now().toString(36)}${tail.padStart(4, '0')}`;
}
