import type { Options } from 'k6/options';
import { planLoad } from '../core/load-plan.ts';
import { randomStream } from '../core/random.ts';
import { scenarioProtocols } from '../core/scenario-protocols.ts';
import { type MetricValues, summarise } from '../core/summary.ts';
import { fallenBehindTest } from './breakpoint.ts';
import { settings } from './environment.ts';
import { userId } from './execution.ts';
import { recordHeader, recordLoadBegins } from './history.ts';
import { k6Thresholds, limitsOf } from './limits.ts';
import { type Node, nodes } from './nodes.ts';
import { makeOperator } from './operate.ts';
import { prepare, remove } from './place.ts';
import { CLIENTS, type Client } from './protocols.ts';
import { routerOfUser } from './router.ts';
import { type Place, Session, type Token } from './session.ts';
import { summaryText } from './summary-text.ts';

/** What set-up hands to every virtual user. */
export interface RunData {
  readonly place: Place;
  readonly token: Token;
}

interface Definition {
  readonly name: string;
  /** SurrealQL that defines the scenario's tables. */
  readonly schema: string;
  /** Content of thresholds/NAME.json. */
  readonly thresholds: unknown;
  /** Writes the records that the scenario starts from; once, before anything is measured. */
  readonly seed?: (session: Session, node: Node) => void;
  /** What the scenario's checkers must know beside the settings. */
  readonly checkerOptions?: Readonly<Record<string, unknown>>;
  /** Names of its operations, where they are to be shown apart. */
  readonly operations?: readonly string[];
}

/** Everything of a k6 test that is the same for all scenarios. */
export function defineScenario({ name, schema, thresholds, seed, checkerOptions, operations = [] }: Definition) {
  const plan = planLoad(name, settings);
  const protocols = scenarioProtocols(name, settings.protocol);
  const limits = limitsOf(name, thresholds);
  const nodeNames = nodes.map((node) => node.name);
  const fallenBehind = settings.profile === 'breakpoint' ? fallenBehindTest(plan) : () => false;
  const { operate, settlePending } = makeOperator(plan);
  let session: Session | undefined;
  let turns = 0;
  let random: (() => number) | undefined;

  const options: Options = {
    scenarios: plan.scenarios as Options['scenarios'] & object,
    thresholds: k6Thresholds(limits, plan, { nodeNames, protocols, operations }),
    summaryTrendStats: ['min', 'avg', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max', 'count'],
    setupTimeout: '10m',
    teardownTimeout: '60s',
  };

  return {
    options,
    plan,
    nodes,
    fallenBehind,
    operate,
    settlePending,

    setup(): RunData {
      const { mode, window, expect } = settings;
      recordHeader(name, { mode, window, expect, ...checkerOptions });
      const data = prepare(schema, protocols, seed);
      recordLoadBegins();
      return data;
    },

    teardown({ place, token }: RunData): void {
      if (!settings.keep) remove(place, token);
    },

    /** This user's session, with a token that is good for the next operation. Ask for it before the operation begins. */
    session: ({ place, token }: RunData): Session => {
      session ??= new Session(place, token);
      session.renewWhenDue(routerOfUser().nodeFor(userId() + turns));
      return session;
    },

    /**
     * The node of the next operation, by --routing, and its protocol: where there are several, taken in turn, so that
     * every pair of node and protocol gets the same share.
     */
    turn(): { node: Node; client: Client } {
      const turn = userId() + turns++;
      const protocol = protocols[Math.floor(turn / nodes.length) % protocols.length];
      if (protocol === undefined) throw new Error('a run has protocols');
      return { node: routerOfUser().nodeFor(turn), client: CLIENTS[protocol] };
    },

    /** Takes turns over nodes, whatever --routing says: for clients that hop between nodes on purpose. */
    hop: (): Node => routerOfUser().at(userId() + turns++),

    /** A random whole number from 0 to below `limit`; each user has a stream of its own, which follows from the seed. */
    random(limit: number): number {
      random ??= randomStream(settings.seed + Math.imul(userId(), 0x9e3779b9));
      return Math.floor(random() * limit);
    },

    /** The next node: where to read what was written on this one. */
    nodeAfter: (node: Node): Node => nodes[(nodes.indexOf(node) + 1) % nodes.length] ?? node,

    handleSummary({ metrics }: { metrics: Record<string, { values: Record<string, number> }> }) {
      const values: MetricValues = Object.fromEntries(
        Object.entries(metrics).map(([key, metric]) => [key, metric.values]),
      );
      const summary = summarise({
        scenario: name,
        settings,
        plan,
        limits,
        nodeNames,
        protocols,
        operations,
        metrics: values,
      });
      if (settings.summary !== undefined) return { [settings.summary]: JSON.stringify(summary, null, 2) };
      return { stdout: summaryText(summary) };
    },
  };
}
