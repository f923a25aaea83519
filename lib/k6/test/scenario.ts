import { CLIENTS } from '../../core/protocols/clients.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import { randomStream } from '../../core/random/random.ts';
import { type Node, nodes } from '../session/nodes.ts';
import { perRoute, type Route, routeOf } from '../session/route.ts';
import { routerOfUser } from '../session/router.ts';
import { type Namespace, Session, type Token } from '../session/session.ts';
import { settings } from '../setup/environment.ts';
import { userId } from './execution.ts';

/** What set-up hands to every virtual user of a scenario. */
export interface RunData {
  readonly place: Namespace;
  readonly token: Token;
}

/** What set-up hands to every virtual user of a test, by name of scenario. */
export type TestData = Readonly<Record<string, RunData>>;

/** What a scenario is; the rest of a k6 test is the same for all. */
export interface Definition {
  readonly name: string;
  /** SurrealQL that defines the scenario's tables. */
  readonly schema: string;
  /** Content of thresholds/NAME.json. */
  readonly thresholds: unknown;
  /** Names of its operations. */
  readonly operations: readonly string[];
  /** Writes the records that the scenario starts from; once, before anything is measured. */
  readonly seed?: (route: Route) => void;
  /** What the scenario's checkers must know beside the settings. */
  readonly checkerOptions?: Readonly<Record<string, unknown>>;
  /** What one virtual user does when it is its turn, by the route whose turn it is. Made once for each route. */
  readonly iterate: (route: Route) => () => void;
  /** What every virtual user does once after the load. */
  readonly verify?: () => void;
}

/** A scenario's part of the load that it runs in, alone or beside others. */
export interface Engagement {
  /** Virtual users of the test. */
  readonly users: number;
  /** Peak arrivals a second; absent in the closed model. */
  readonly rate: number | undefined;
  readonly protocols: readonly Protocol[];
  /** Number of the arrival that is under way, from 0 in each phase: no two of a scenario share one. */
  readonly arrival: () => number;
}

/** Whether each route has its turn, as it is by default. */
const TAKES_TURNS = settings.routing === 'round-robin';

export type Scenario = ReturnType<typeof defineScenario>;

/** Makes a scenario that a k6 test can engage, and what its functions need: who asks which node, by which protocol. */
export function defineScenario(definition: Definition) {
  const { name } = definition;
  const iterationBy = perRoute(definition.iterate);
  let engagement: Engagement | undefined;
  let session: Session | undefined;
  /** Every pair of node and protocol once: the nodes by one protocol, then by the next. */
  let round: readonly Route[] = [];
  let turns = 0;
  let iterateNext: (() => void) | undefined;
  let random: (() => number) | undefined;

  function engaged(): Engagement {
    if (engagement === undefined) throw new Error(`no test has engaged scenario ${definition.name}`);
    return engagement;
  }

  /** Signs the user in: before it does anything else. */
  function enter({ place, token }: RunData): void {
    const its = new Session(place, token);
    round = engaged().protocols.flatMap((protocol) => nodes.map((node) => routeOf(its, node, CLIENTS[protocol])));
    // Users begin one node after the other.
    turns = userId();
    session = its;
  }

  /** Iterations by the routes in turn. This runs with each of them, and so does no more than it must. */
  function inTurn(): () => void {
    if (!TAKES_TURNS) return () => iterationBy(turn())();
    const iterations = round.map(iterationBy);
    const [first] = iterations;
    if (first !== undefined && iterations.length === 1) return first;
    return () => iterations[turns++ % iterations.length]?.();
  }

  function entered(): Session {
    if (session === undefined) throw new Error(`this user of scenario ${definition.name} has not entered`);
    return session;
  }

  function turn(): Route {
    const number = turns++;
    const route = round[number % round.length] as Route;
    return TAKES_TURNS ? route : route.to(routerOfUser().nodeFor(number));
  }

  return {
    ...definition,
    nodes,

    /** Called once by the test that the scenario runs in, before anything else. */
    engage(by: Engagement): void {
      engagement = by;
    },

    users: (): number => engaged().users,
    rate: (): number | undefined => engaged().rate,
    arrival: (): number => engaged().arrival(),

    /**
     * One arrival: the user does what its scenario says, by the route whose turn it is.
     * @param data what set-up hands to the users of a test; k6 converts it at each look at it
     */
    arrive(data: TestData): void {
      if (iterateNext === undefined) {
        if (session === undefined) enter(data[name] as RunData);
        iterateNext = inTurn();
      }
      iterateNext();
    },

    /** What the user does after the load. */
    conclude(data: TestData): void {
      if (definition.verify === undefined) return;
      if (session === undefined) enter(data[name] as RunData);
      // What is read now is no operation, which would look to this.
      entered().renewWhenDue(routerOfUser().nodeFor(turns));
      definition.verify();
    },

    /**
     * The way of the next operation: a node, by --routing, and a protocol: where there are several, taken in turn, so that
     * every pair of node and protocol gets the same share.
     */
    turn,

    /** The way to a node by SurrealQL, whatever the protocols of the load. */
    to: (node: Node): Route => routeOf(entered(), node, CLIENTS.sql),

    /** The next node in turn by SurrealQL, whatever --routing says: for clients that hop between nodes on purpose. */
    hop: (): Route => routeOf(entered(), routerOfUser().at(turns++), CLIENTS.sql),

    /** A random whole number from 0 to below `limit`; each user has a stream of its own, which follows from the seed. */
    random(limit: number): number {
      random ??= randomStream(settings.seed + Math.imul(userId(), 0x9e3779b9));
      return Math.floor(random() * limit);
    },
  };
}
