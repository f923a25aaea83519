import type { RunDatabase } from '../../core/access/run-place.ts';
import { CLIENTS } from '../../core/protocols/clients.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import { randomStream } from '../../core/random/random.ts';
import type { ComposedDefinition, ScenarioDefinition } from '../../core/scenario/definition.ts';
import { type Node, nodes } from '../session/nodes.ts';
import { perRoute, type Route, routeOf } from '../session/route.ts';
import { routerOfUser } from '../session/router.ts';
import { Session, type Token } from '../session/session.ts';
import { settings } from '../setup/environment.ts';
import { userId } from './execution.ts';

/** What set-up hands to every virtual user of a scenario. */
export interface RunData extends RunDatabase {
  readonly token: Token;
}

/** What set-up hands to every virtual user of a test, by name of scenario. */
export type TestData = Readonly<Record<string, RunData>>;

/** A scenario: its definition as data, and what k6 runs. The rest of a k6 test is the same for all. */
export interface ScenarioCode extends ScenarioDefinition {
  /** SurrealQL that defines the scenario's tables. */
  readonly schema: string;
  /** Content of thresholds/NAME.json. */
  readonly thresholds: unknown;
  /** Names of its operations. */
  readonly operations: readonly string[];
  /** Writes the records that the scenario starts from; once, before anything is measured. */
  readonly seed?: (route: Route) => void;
  /**
   * Does once, before the load, what its operations do, in tables that are there already: a record user may define none. Ends the
   * test if the user may not do it. A scenario without it is not for record users.
   */
  readonly rehearse?: (route: Route) => void;
  /** Options of the scenario's checkers, beside the settings. */
  readonly checkerOptions?: Readonly<Record<string, unknown>>;
  /** Makes what one virtual user does in an iteration on a route. Called once for each route. */
  readonly iterate: (route: Route) => () => Promise<void>;
  /**
   * VUs beside those of the iterations, from the beginning of the load to its end: each is called once with its number, from 0,
   * and with what tells how much of the load has passed, from 0 to 1 and above.
   */
  readonly background?: () => {
    readonly vus: number;
    readonly run: (number: number, share: () => number) => Promise<void>;
  };
  /** What every virtual user does once after the load. */
  readonly verify?: () => Promise<void>;
}

/** The load that a scenario is bound to, alone or as a part of others. */
export interface BoundLoad {
  /** Virtual users of the test. */
  readonly users: number;
  /** Peak iterations a second; absent in the closed model. */
  readonly rate: number | undefined;
  readonly protocols: readonly Protocol[];
  /** Number of the current iteration, from 0 in each phase: no two of a scenario share one. */
  readonly iteration: () => number;
}

const ROUND_ROBIN = settings.routing === 'round-robin';

export type Scenario = ReturnType<typeof defineScenario>;

/** The data of a scenario's definition, without its code. */
const dataOf = ({
  schema: _schema,
  thresholds: _thresholds,
  seed: _seed,
  rehearse: _rehearse,
  iterate: _iterate,
  background: _background,
  verify: _verify,
  ...data
}: ScenarioCode): ScenarioDefinition => data;

/** Makes a scenario of others. Its parts are bound when the test is made. */
export const composeScenario = (definition: ComposedDefinition) => ({ definition });

/** Makes a scenario that a k6 test can run, and what its functions need: the routes to the nodes, random numbers. */
export function defineScenario(code: ScenarioCode) {
  const { name } = code;
  const iterationOn = perRoute(code.iterate);
  let load: BoundLoad | undefined;
  let session: Session | undefined;
  /** Every pair of node and protocol once: the nodes by one protocol, then by the next. */
  let routes: readonly Route[] = [];
  let routed = 0;
  let nextIteration: (() => Promise<void>) | undefined;
  let random: (() => number) | undefined;

  function boundLoad(): BoundLoad {
    if (load === undefined) throw new Error(`scenario ${name} is not bound to a load`);
    return load;
  }

  /** Signs the VU in, before anything else. */
  function signIn({ place, token }: RunData): void {
    const own = new Session(place, token);
    routes = boundLoad().protocols.flatMap((protocol) => nodes.map((node) => routeOf(own, node, CLIENTS[protocol])));
    // VUs begin one node after the other.
    routed = userId();
    session = own;
  }

  /** Iterations on the routes in turn. This runs in each iteration, so it does no more than it must. */
  function inTurn(): () => Promise<void> {
    if (!ROUND_ROBIN) return () => iterationOn(nextRoute())();
    const iterations = routes.map(iterationOn);
    const [first] = iterations;
    if (first !== undefined && iterations.length === 1) return first;
    return () => (iterations[routed++ % iterations.length] as () => Promise<void>)();
  }

  function signedIn(): Session {
    if (session === undefined) throw new Error(`this VU of scenario ${name} has not signed in`);
    return session;
  }

  function nextRoute(): Route {
    const number = routed++;
    const route = routes[number % routes.length] as Route;
    return ROUND_ROBIN ? route : route.to(routerOfUser().nodeFor(number));
  }

  return {
    ...code,
    definition: dataOf(code),
    nodes,

    /** Called once by the test that the scenario runs in, before anything else. */
    bind(to: BoundLoad): void {
      load = to;
    },

    users: (): number => boundLoad().users,
    rate: (): number | undefined => boundLoad().rate,
    iteration: (): number => boundLoad().iteration(),

    /**
     * One iteration, on the next route.
     * @param data what set-up returns; k6 converts it at each access
     */
    runIteration(data: TestData): Promise<void> {
      if (nextIteration === undefined) {
        if (session === undefined) signIn(data[name] as RunData);
        nextIteration = inTurn();
      }
      return nextIteration();
    },

    /** Opens the VU's routes before its first iteration. */
    async open(data: TestData): Promise<void> {
      if (session === undefined) signIn(data[name] as RunData);
      for (const route of routes) await route.open();
    },

    /** What a VU of the background does during the load. */
    async runBackground(data: TestData, number: number, share: () => number): Promise<void> {
      if (session === undefined) signIn(data[name] as RunData);
      await code.background?.().run(number, share);
    },

    /** What the VU does after the load. */
    async runVerify(data: TestData): Promise<void> {
      if (code.verify === undefined) return;
      if (session === undefined) signIn(data[name] as RunData);
      // Reads of `verify` are not operations, which would renew the token.
      signedIn().renewWhenDue(routerOfUser().nodeFor(routed));
      await code.verify();
    },

    /** The route of the next operation: a node by --routing, and the protocols in turn, so that every pair gets the same share. */
    nextRoute,

    /** The route to a node by SurrealQL, whatever the protocols of the load. */
    to: (node: Node): Route => routeOf(signedIn(), node, CLIENTS.sql),

    /** The route to the next node by SurrealQL, whatever --routing says: for clients that move between nodes on purpose. */
    hop: (): Route => routeOf(signedIn(), routerOfUser().at(routed++), CLIENTS.sql),

    /** A random whole number from 0 to below `limit`; each VU has a stream of its own, which follows from the seed. */
    random(limit: number): number {
      random ??= randomStream(settings.seed + Math.imul(userId(), 0x9e3779b9));
      return Math.floor(random() * limit);
    },
  };
}
