import execution from 'k6/execution';
import type { Protocol } from '../core/protocols.ts';
import { randomStream } from '../core/random.ts';
import { settings } from './environment.ts';
import { userId } from './execution.ts';
import { type Node, nodes } from './nodes.ts';
import { operate } from './operate.ts';
import { CLIENTS, type Route } from './protocols.ts';
import { routerOfUser } from './router.ts';
import { type Place, Session, type Token } from './session.ts';

/** What set-up hands to every virtual user of a scenario. */
export interface RunData {
  readonly place: Place;
  readonly token: Token;
}

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
  readonly seed?: (session: Session, node: Node) => void;
  /** What the scenario's checkers must know beside the settings. */
  readonly checkerOptions?: Readonly<Record<string, unknown>>;
  /** What one virtual user does when it is its turn: one arrival. */
  readonly iterate: (data: RunData) => void;
  /** What every virtual user does once after the load. */
  readonly verify?: (data: RunData) => void;
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

/** Asked once an operation, where a property of the settings costs more: what routing leaves as it is costs nothing. */
const TAKES_TURNS = settings.routing === 'round-robin';

/** A global of JavaScript is looked up at each use. */
const { now: wallClock } = Date;

export type Scenario = ReturnType<typeof defineScenario>;

/** Makes a scenario that a k6 test can engage, and what its functions need: who asks which node, by which protocol. */
export function defineScenario(definition: Definition) {
  let engagement: Engagement | undefined;
  let session: Session | undefined;
  /** Every pair of node and protocol once: the nodes by one protocol, then by the next. */
  let round: readonly Route[] = [];
  let turns = 0;
  let random: (() => number) | undefined;

  function engaged(): Engagement {
    if (engagement === undefined) throw new Error(`no test has engaged scenario ${definition.name}`);
    return engagement;
  }

  /** This user's session, with a token that is good for the next operation. Ask for it before the operation begins. */
  function sessionOf({ place, token }: RunData): Session {
    if (session === undefined) {
      const its = new Session(place, token);
      round = engaged().protocols.flatMap((protocol) =>
        nodes.map((node) => ({ session: its, node, client: CLIENTS[protocol] })),
      );
      session = its;
      // Users begin one node after the other.
      turns = userId();
    }
    // Looked at here as well: to find a node for the sign-in costs more than to see that none is due.
    if (wallClock() >= session.renewAt) session.renewWhenDue(routerOfUser().nodeFor(turns));
    return session;
  }

  return {
    ...definition,
    nodes,
    operate,

    /** Called once by the test that the scenario runs in, before anything else. */
    engage(by: Engagement): void {
      engagement = by;
    },

    users: (): number => engaged().users,
    rate: (): number | undefined => engaged().rate,
    arrival: (): number => engaged().arrival(),

    session: sessionOf,

    /**
     * The way of the next operation: a node, by --routing, and a protocol: where there are several, taken in turn, so that
     * every pair of node and protocol gets the same share.
     */
    turn(data: RunData): Route {
      sessionOf(data);
      const number = turns++;
      const route = round[number % round.length] as Route;
      return TAKES_TURNS ? route : { ...route, node: routerOfUser().nodeFor(number) };
    },

    /** Takes turns over nodes, whatever --routing says: for clients that hop between nodes on purpose. */
    hop(data: RunData): Omit<Route, 'client'> {
      return { session: sessionOf(data), node: routerOfUser().at(turns++) };
    },

    /** A random whole number from 0 to below `limit`; each user has a stream of its own, which follows from the seed. */
    random(limit: number): number {
      random ??= randomStream(settings.seed + Math.imul(userId(), 0x9e3779b9));
      return Math.floor(random() * limit);
    },

    /** The next node: where to read what was written on this one. */
    nodeAfter: (node: Node): Node => nodes[(nodes.indexOf(node) + 1) % nodes.length] ?? node,
  };
}

/** The number of the arrival in its phase, as k6 counts. */
export const arrivalOfPhase = (): number => execution.scenario.iterationInTest;
