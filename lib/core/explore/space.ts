import fc from 'fast-check';
import type { Routing } from '../protocols/routing.ts';
import { type DrawnFault, isPossible, type Trial } from './trial.ts';

/** What trials are drawn from. */
export interface Space {
  /** Scenarios to draw, each as often as it is listed. */
  readonly scenarios: readonly string[];
  /** Scenarios whose iterations choose their nodes. */
  readonly withoutRouting: readonly string[];
  /** As in DrawnFault.what, mildest first, each as often as it is to be drawn. */
  readonly faults: readonly string[];
  /** How many faults a trial has. */
  readonly fewest: number;
  readonly most: number;
  /** Values by setting of the nodes, the default first (empty): it is drawn most often. */
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** Whether links between nodes and stores can be slowed down. */
  readonly hasLinks: boolean;
  /** How many nodes; absent if the target says. */
  readonly nodes?: { readonly fewest: number; readonly most: number };
}

/** How often a default is drawn for each other value. */
const DEFAULTS = 3;
/** Steps of users and of latency: fewer values, fewer runs until the smallest is found. */
const USERS_STEP = 8;
const USERS_STEPS = 6;
const LATENCY_STEP = 10;
const LATENCY_STEPS = 3;

/** Numbers that shrink to the first. */
const steps = (count: number, step: number, from: number): fc.Arbitrary<number> =>
  fc.integer({ min: from, max: count }).map(
    (number) => number * step,
    (value) => Number(value) / step,
  );

/** The parts of a trial that are drawn, and that can be made smaller. */
interface Parts {
  readonly faults: fc.Arbitrary<DrawnFault[]>;
  readonly settings: fc.Arbitrary<Record<string, string>>;
  readonly latency: fc.Arbitrary<number>;
  readonly routing: fc.Arbitrary<Routing>;
  readonly nodes: fc.Arbitrary<number>;
  readonly users: fc.Arbitrary<number>;
}

/** Losses show right after an acknowledgement, and when faults happen often. */
const mostly = fc.constantFrom(false, true, true, true);

const faultOf = ({ faults }: Space): fc.Arbitrary<DrawnFault> =>
  fc.record<DrawnFault>({
    what: fc.constantFrom(...faults),
    server: fc.noShrink(fc.integer({ min: 1, max: 3 })),
    start: fc.noShrink(fc.integer({ min: 1, max: 5 })),
    duration: fc.integer({ min: 1, max: 4 }),
    onAck: mostly,
    // Once instead of again and again is as simple a command, and shows a finding less often.
    again: fc.noShrink(mostly),
  });

function partsOf(space: Space): Parts {
  const { fewest, most, settings, hasLinks, nodes } = space;
  const values = Object.entries(settings).map(([name, [unset = '', ...others]]) => [
    name,
    fc.constantFrom(...Array<string>(DEFAULTS * Math.max(1, others.length)).fill(unset), ...others),
  ]);
  return {
    // An empty list to draw from is an error, even if nothing is to be drawn.
    faults: most === 0 ? fc.constant([]) : fc.array(faultOf(space), { minLength: fewest, maxLength: most }),
    settings: fc.record<Record<string, string>>(Object.fromEntries(values)),
    latency: hasLinks ? steps(LATENCY_STEPS, LATENCY_STEP, 0) : fc.constant(0),
    routing: fc.constantFrom<Routing[]>('round-robin', 'pinned', 'failover'),
    nodes: nodes === undefined ? fc.constant(0) : fc.integer({ min: nodes.fewest, max: nodes.most }),
    users: steps(USERS_STEPS, USERS_STEP, 1),
  };
}

/** A part of a trial, and what says which values of it are smaller. */
export interface Step {
  readonly part: keyof Parts;
  readonly arbitrary: fc.Arbitrary<unknown>;
}

/**
 * In what order a trial is made smaller. First what may be its cause: faults go, then those that stay shrink, then settings, latency
 * and nodes, which faults are numbered by. Then what only makes its command shorter.
 */
export function shrinkingSteps(space: Space): { readonly cause: readonly Step[]; readonly rest: readonly Step[] } {
  const { settings, latency, routing, nodes, users } = partsOf(space);
  const fault = faultOf(space);
  const maxLength = space.most;
  const faults = maxLength === 0 ? [] : [fc.array(fc.noShrink(fault), { maxLength }), fc.array(fault, { maxLength })];
  return {
    cause: [
      ...faults.map((arbitrary): Step => ({ part: 'faults', arbitrary })),
      { part: 'settings', arbitrary: settings },
      { part: 'latency', arbitrary: latency },
      { part: 'nodes', arbitrary: nodes },
    ],
    rest: [
      { part: 'routing', arbitrary: routing },
      { part: 'users', arbitrary: users },
    ],
  };
}

/** The trial that follows from a seed. */
export function drawTrial(space: Space, seed: number): Trial {
  const drawn = fc
    .record({ scenario: fc.constantFrom(...space.scenarios), ...partsOf(space) })
    .map((it): Trial => {
      const routing = space.withoutRouting.includes(it.scenario) ? 'round-robin' : it.routing;
      return { ...it, seed, routing };
    })
    .filter(isPossible);
  const [trial] = fc.sample(drawn, { seed, numRuns: 1 });
  if (trial === undefined) throw new Error('a sample of one has one');
  return trial;
}
