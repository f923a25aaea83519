import http from 'k6/http';
import type { Options } from 'k6/options';
import { type LoadPlan, planLoad } from '../../core/load/load-plan.ts';
import { shareDealer } from '../../core/load/mix.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import { type ComposedName, mixOf } from '../../core/scenario/scenario-names.ts';
import { partProtocols, scenarioProtocols } from '../../core/scenario/scenario-protocols.ts';
import { checkConcerns } from '../../core/settings/settings.ts';
import type { Limit } from '../../core/verdict/limits.ts';
import { type MetricValues, type Parts, summarise } from '../../core/verdict/summary.ts';
import { awaitAllUsers } from '../generators/barrier.ts';
import { recordClock } from '../generators/clock-records.ts';
import { resolvePending, setPlan } from '../operations/operation.ts';
import { recordHeader, recordLoadBegins, recordLoadDone } from '../operations/recorder.ts';
import { runTags } from '../operations/tags.ts';
import { nodes } from '../session/nodes.ts';
import { settings } from '../setup/environment.ts';
import { begin, prepare, remove } from '../setup/namespace.ts';
import { fallenBehindTest } from './breakpoint.ts';
import { arrivalOfPhase, type Iterate, inTurns } from './iterations.ts';
import { k6Thresholds, limitsOf, limitsOfParts } from './k6-thresholds.ts';
import { enterPart } from './part.ts';
import type { RunData, Scenario, TestData } from './scenario.ts';
import { summaryText } from './summary-text.ts';

/** What the user wants in place of the scenario's schema. Files can be opened before anything runs only. */
const ownSchema = settings.schema === undefined ? undefined : open(settings.schema);

const nodeNames = nodes.map((node) => node.name);

/** One scenario as a whole k6 test: what k6 wants a test to export. */
export function alone(scenario: Scenario) {
  const { name, thresholds, operations, checkerOptions } = scenario;
  const plan = planLoad(name, settings);
  const protocols = scenarioProtocols(name, settings.protocol);
  scenario.engage({ users: plan.vus, rate: plan.measured[0]?.rate, protocols, arrival: arrivalOfPhase });
  return k6Test({
    name,
    plan,
    parts: [{ scenario, protocols, database: 'load' }],
    arrive: scenario.arrive,
    enter: () => {},
    limits: limitsOf({ name, content: thresholds }),
    tags: runTags({ nodes: nodeNames, protocols, operations }),
    apart: {
      protocols,
      // Of one operation by one protocol the whole says it all, and each figure that is kept apart costs CPU.
      operations:
        operations.length * protocols.length > 1 ? operations.map((operation) => ({ name: operation, protocols })) : [],
    },
    recordHeader: () => recordHeader(name, plan.vus, { ...checkerOptions }),
  });
}

/**
 * Several scenarios as one k6 test, in the shares of its mix. There is one k6 scenario a phase, and each arrival
 * goes to one of the parts: k6 would hand users out to concurrent scenarios unpredictably, and what a user has written
 * must be read back by the same user.
 */
export function together(composed: ComposedName, scenarios: readonly Scenario[]) {
  const plan = planLoad(composed, settings);
  const mix = Object.entries(mixOf(composed, settings.mix) ?? {});
  const whole = mix.reduce((sum, [, share]) => sum + share, 0);
  const rate = plan.measured[0]?.rate;
  let arrival = 0;
  const parts = mix.map(([name, share]) => {
    const scenario = scenarios.find((it) => it.name === name);
    if (scenario === undefined) throw new Error(`${composed} does not know scenario ${name}`);
    const protocols = partProtocols(name, settings.protocol);
    const own = rate === undefined ? undefined : (rate * share) / whole;
    scenario.engage({ users: plan.vus, rate: own, protocols, arrival: () => arrival });
    return { scenario, share, protocols, database: name.replaceAll('-', '_') };
  });
  const deal = shareDealer(parts.map(({ scenario, share }) => [scenario, share]));

  return k6Test({
    name: composed,
    plan,
    parts,
    arrive(data) {
      // Before another part is entered: what was interrupted belongs to the last.
      resolvePending();
      const { to, arrival: ofPart } = deal(arrivalOfPhase());
      arrival = ofPart;
      enterPart(to.name);
      to.arrive(data);
    },
    enter: enterPart,
    tags: runTags({ nodes: nodeNames, protocols: [], operations: [] }),
    limits: limitsOfParts(parts.map(({ scenario: { name, thresholds } }) => ({ name, content: thresholds }))),
    apart: {
      protocols: [...new Set(parts.flatMap(({ protocols }) => protocols))],
      operations: parts.flatMap(({ scenario: { name, operations }, protocols }) =>
        operations.map((operation) => ({ name: `${name}/${operation}`, protocols })),
      ),
      scenarios: parts.map(({ scenario }) => scenario.name),
    },
    recordHeader: () =>
      recordHeader(
        composed,
        plan.vus,
        {},
        Object.fromEntries(parts.map(({ scenario: { name, checkerOptions = {} } }) => [name, checkerOptions])),
      ),
  });
}

interface Cast {
  readonly name: string;
  readonly plan: LoadPlan;
  readonly parts: readonly {
    readonly scenario: Scenario;
    readonly protocols: readonly Protocol[];
    /** Its own one in the run's namespace. */
    readonly database: string;
  }[];
  /** What a user does when it is its turn. */
  readonly arrive: (data: TestData) => void;
  /** Marks what follows as a scenario's. */
  readonly enter: (scenario: string) => void;
  readonly limits: readonly Limit[];
  /** Of every sample. */
  readonly tags: Record<string, string>;
  readonly apart: Omit<Parts, 'nodeNames'>;
  readonly recordHeader: () => void;
}

/** An iteration with what few loads look at before it, and no more than they need: every call costs CPU with each request. */
function watched(iterate: Iterate, plan: LoadPlan): Iterate {
  const { profile, generators } = settings;
  const usual = profile === 'breakpoint' ? whileItHolds(iterate, fallenBehindTest(plan, 1 / generators)) : iterate;
  if (generators === 1) return usual;
  let next: Iterate = (data) => {
    recordClock(data);
    next = usual;
    usual(data);
  };
  return (data) => next(data);
}

function whileItHolds(iterate: Iterate, fallenBehind: () => boolean): Iterate {
  return (data) => {
    if (!fallenBehind()) iterate(data);
  };
}

/** Everything of a k6 test that is the same for all scenarios. */
function k6Test({ name, plan, parts, arrive, enter, limits, tags, recordHeader, ...cast }: Cast) {
  checkConcerns(name, settings, __ENV);
  const apart = { ...cast.apart, nodeNames };
  setPlan(plan);
  // Which HTTP statuses are errors says nothing of SurrealDB, which answers 200 to a statement that failed: `operation_errors`
  // tells. Without it k6 keeps no `http_req_failed`, and no second `http_req_duration` of the expected ones.
  http.setResponseCallback(null);

  const options: Options = {
    scenarios: plan.scenarios as Options['scenarios'] & object,
    thresholds: k6Thresholds(limits, plan, apart),
    summaryTrendStats: ['min', 'avg', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max', 'count'],
    tags,
    // k6's other tags repeat these or are the same for every request, and each costs CPU with each request.
    systemTags: ['scenario', 'name', 'method', 'status', 'error_code'],
    // SurrealDB sets no cookies; a new jar for each iteration costs time all the same.
    noCookiesReset: true,
    setupTimeout: '10m',
    teardownTimeout: '60s',
  };

  return {
    options,

    setup(): TestData {
      recordHeader();
      const { namespace, token } = begin();
      const data: Record<string, RunData> = {};
      for (const { scenario, protocols, database } of parts) {
        const place = { namespace, database };
        enter(scenario.name);
        prepare(place, token, ownSchema ?? scenario.schema, protocols, scenario.seed);
        data[scenario.name] = { place, token };
      }
      recordLoadBegins();
      return data;
    },

    iterate: inTurns(watched(arrive, plan), plan),

    verify(data: TestData): void {
      if (settings.generators > 1) recordClock(data);
      resolvePending();
      recordLoadDone();
      awaitAllUsers();
      for (const { scenario } of parts) {
        enter(scenario.name);
        scenario.conclude(data);
      }
    },

    teardown(data: TestData): void {
      const [any] = Object.values(data);
      if (!settings.keep && any !== undefined) remove(any.place);
    },

    handleSummary({ metrics }: { metrics: Record<string, { values: Record<string, number> }> }) {
      const values: MetricValues = Object.fromEntries(
        Object.entries(metrics).map(([key, metric]) => [key, metric.values]),
      );
      const summary = summarise({ scenario: name, settings, plan, limits, metrics: values, ...apart });
      if (settings.summary !== undefined) return { [settings.summary]: JSON.stringify(summary, null, 2) };
      return { stdout: summaryText(summary) };
    },
  };
}
