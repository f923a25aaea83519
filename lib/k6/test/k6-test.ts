import http from 'k6/http';
import type { Options } from 'k6/options';
import { definitionsIn, tablesOf } from '../../core/access/definitions.ts';
import { placeOf } from '../../core/access/run-place.ts';
import { type LoadPlan, planLoad, withBackground } from '../../core/load/load-plan.ts';
import { shareDealer } from '../../core/load/mix.ts';
import { withOwnTime } from '../../core/load/timetable.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import { type Composition, checkApplies, compositionOf } from '../../core/scenario/composition.ts';
import type { ComposedDefinition } from '../../core/scenario/definition.ts';
import { partProtocols, scenarioProtocols } from '../../core/scenario/scenario-protocols.ts';
import type { Limit } from '../../core/verdict/limits.ts';
import { judgeRun } from '../../core/verdict/run-verdict.ts';
import { type MetricValues, type Parts, type RunSummary, summarise } from '../../core/verdict/summary.ts';
import { comparisonTable, limitsTable, loadTable, operationsTable } from '../../core/verdict/tables.ts';
import { awaitAllUsers } from '../generators/barrier.ts';
import { recordClock } from '../generators/clock-records.ts';
import { resolvePending, setPlan } from '../operations/operation.ts';
import { recordHeader, recordLoadBegins, recordLoadDone } from '../operations/recorder.ts';
import { runTags } from '../operations/tags.ts';
import { nodes } from '../session/nodes.ts';
import { closeConnections } from '../session/rpc-transport.ts';
import { credentials, settings } from '../setup/environment.ts';
import { begin, prepare, removeOwn } from '../setup/namespace.ts';
import { AWAITS } from './awaits.ts';
import { fallenBehindTest } from './breakpoint.ts';
import { iterationOfK6, loadBegan, now } from './execution.ts';
import { type Iterate, iterationOfPhase, severalAtOnce } from './iterations.ts';
import { k6Thresholds, limitsOf, limitsOfParts } from './k6-thresholds.ts';
import { loadWithOwnTime } from './own-time.ts';
import { enterPart } from './part.ts';
import type { RunData, Scenario, TestData } from './scenario.ts';

/** What the user needs instead of the scenario's schema. Files can be opened before anything runs only. */
const ownSchema = settings.schema === undefined ? undefined : open(settings.schema);

const nodeNames = nodes.map((node) => node.name);

const checkerOptionsOf = ({ expects, checkerOptions }: Scenario): Record<string, unknown> => ({
  ...(expects === undefined ? {} : { expect: settings.expect ?? expects.usual }),
  ...checkerOptions,
});

/** One scenario as a whole k6 test: what k6 needs a test to export. */
export function alone(scenario: Scenario) {
  const { name, definition, thresholds, operations } = scenario;
  const background = scenario.background?.();
  const phases = planLoad(name, settings);
  const plan = background === undefined ? phases : withBackground(phases, background.vus);
  const protocols = scenarioProtocols(definition, settings.protocol);
  scenario.bind({ users: phases.vus, rate: plan.measured[0]?.rate, protocols, iteration: iterationOfPhase });
  return k6Test({
    plan,
    composition: compositionOf(definition, settings.mix, [definition]),
    parts: [{ scenario, protocols, database: 'load' }],
    iterate: scenario.runIteration,
    enter: () => {},
    limits: limitsOf({ name, content: thresholds }),
    tags: runTags({ nodes: nodeNames, protocols, operations }),
    apart: {
      protocols,
      // Of one operation by one protocol the whole says it all, and each figure that is kept apart costs CPU.
      operations:
        operations.length * protocols.length > 1 ? operations.map((operation) => ({ name: operation, protocols })) : [],
    },
    recordHeader: () => recordHeader(definition, plan.vus, checkerOptionsOf(scenario)),
  });
}

/**
 * Several scenarios as one k6 test. There is one k6 scenario a phase, and each iteration belongs to one of the parts, by
 * their shares: k6 would hand VUs out to concurrent scenarios unpredictably, and what a VU has written must be read back by
 * the same VU.
 * @param known the scenarios that can be parts
 */
export function together({ definition }: { definition: ComposedDefinition }, known: readonly Scenario[]) {
  const { name } = definition;
  const plan = planLoad(name, settings);
  const composition = compositionOf(
    definition,
    settings.mix,
    known.map((it) => it.definition),
  );
  const whole = composition.parts.reduce((sum, { share }) => sum + share, 0);
  const rate = plan.measured[0]?.rate;
  let iteration = 0;
  const parts = composition.parts.map(({ definition: own, share }) => {
    const scenario = known.find((it) => it.definition === own);
    if (scenario === undefined) throw new Error(`${name} consists of its known parts`);
    const protocols = partProtocols(own, settings.protocol);
    scenario.bind({
      users: plan.vus,
      rate: rate === undefined ? undefined : (rate * share) / whole,
      protocols,
      iteration: () => iteration,
    });
    return { scenario, share, protocols, database: own.name.replaceAll('-', '_') };
  });
  const deal = shareDealer(parts.map(({ scenario, share }) => [scenario, share]));

  return k6Test({
    plan,
    composition,
    parts,
    async iterate(data) {
      // Before another part is entered: an interrupted operation belongs to the last.
      resolvePending();
      const { to, iteration: ofPart } = deal(iterationOfPhase());
      iteration = ofPart;
      enterPart(to.name);
      await to.runIteration(data);
    },
    enter: enterPart,
    tags: runTags({ nodes: nodeNames, protocols: [], operations: [] }),
    limits: limitsOfParts(
      parts.map(({ scenario: { name: part, thresholds } }) => ({ name: part, content: thresholds })),
    ),
    apart: {
      protocols: [...new Set(parts.flatMap(({ protocols }) => protocols))],
      operations: parts.flatMap(({ scenario: { name: part, operations }, protocols }) =>
        operations.map((operation) => ({ name: `${part}/${operation}`, protocols })),
      ),
      scenarios: parts.map(({ scenario }) => scenario.name),
    },
    recordHeader: () =>
      recordHeader(
        definition,
        plan.vus,
        {},
        Object.fromEntries(parts.map(({ scenario }) => [scenario.name, checkerOptionsOf(scenario)])),
      ),
  });
}

interface TestParts {
  readonly plan: LoadPlan;
  readonly composition: Composition;
  readonly parts: readonly {
    readonly scenario: Scenario;
    readonly protocols: readonly Protocol[];
    /** Its own one in the run's namespace. */
    readonly database: string;
  }[];
  /** One iteration of a VU. */
  readonly iterate: Iterate;
  /** Marks what follows as a scenario's. */
  readonly enter: (scenario: string) => void;
  readonly limits: readonly Limit[];
  /** Of every sample. */
  readonly tags: Record<string, string>;
  readonly apart: Omit<Parts, 'nodeNames'>;
  readonly recordHeader: () => void;
}

/** An iteration with the checks that only some loads need before it: every call costs CPU in each iteration. */
function watched(iterate: Iterate, plan: LoadPlan): Iterate {
  const { profile, generators } = settings;
  return clocked(profile === 'breakpoint' ? whileItHolds(iterate, fallenBehindTest(plan, 1 / generators)) : iterate);
}

/** An iteration before whose first one the user records its process's clock, where several share the load. */
function clocked(usual: Iterate): Iterate {
  if (settings.generators === 1) return usual;
  let next: Iterate = async (data) => {
    recordClock(data);
    next = usual;
    await usual(data);
  };
  return (data) => next(data);
}

function whileItHolds(iterate: Iterate, fallenBehind: () => boolean): Iterate {
  return async (data) => {
    if (!fallenBehind()) await iterate(data);
  };
}

/** Milliseconds before the end of the load at which VUs of the background are through. */
const BACKGROUND_ENDS = 1500;

/** Everything of a k6 test that is the same for all scenarios. */
function k6Test({ plan, composition, parts, iterate, enter, limits, tags, recordHeader, ...figures }: TestParts) {
  checkApplies(composition, __ENV, []);
  const apart = { ...figures.apart, nodeNames };
  if (!AWAITS && apart.protocols?.includes('rpc')) {
    const { name } = composition.definition;
    throw new Error(
      `dist/${name}.js cannot speak RPC: it does not await answers. Run dist/${name}.rpc.js, or choose another protocol than ${settings.protocol}.`,
    );
  }
  setPlan(plan);
  // Which HTTP statuses are errors says nothing of SurrealDB, which answers 200 to a statement that failed: `operation_errors`
  // tells. Without it k6 keeps no `http_req_failed`, and no second `http_req_duration` of the expected ones.
  http.setResponseCallback(null);

  const options: Options = {
    scenarios: (AWAITS ? withOwnTime(plan) : plan).scenarios as Options['scenarios'] & object,
    thresholds: k6Thresholds(limits, plan, apart),
    summaryTrendStats: ['min', 'avg', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max', 'count'],
    tags,
    // k6's other tags repeat these or are the same for every request, and each costs CPU with each request.
    systemTags: ['scenario', 'name', 'method', 'status', 'error_code'],
    // SurrealDB sets no cookies; a new jar for each iteration costs time all the same.
    noCookiesReset: true,
    // An answer counts as the node's that was asked, so it must come from it.
    maxRedirects: 0,
    setupTimeout: '10m',
    teardownTimeout: '60s',
  };

  return {
    options,

    setup(): TestData {
      recordHeader();
      const { run, token } = begin(parts.length);
      const data: Record<string, RunData> = {};
      for (const { scenario, protocols, database } of parts) {
        const place = placeOf(credentials, run, database);
        enter(scenario.name);
        prepare({ ...scenario, run, place, token, protocols, schema: ownSchema ?? scenario.schema });
        data[scenario.name] = { run, place, token };
      }
      recordLoadBegins();
      return data;
    },

    iterate: severalAtOnce(watched(iterate, plan), plan),

    /** Instead of `iterate`, where answers are awaited. */
    load: AWAITS
      ? loadWithOwnTime(clocked(iterate), plan, async (data) => {
          for (const { scenario } of parts) {
            enter(scenario.name);
            await scenario.open(data);
          }
        })
      : undefined,

    async background(data: TestData): Promise<void> {
      const [first] = parts;
      const began = loadBegan(plan);
      // Ends before k6 interrupts it: one more request is to be answered by then.
      const share = () => (now() - began) / (plan.loadEnds - BACKGROUND_ENDS);
      await first?.scenario.runBackground(data, iterationOfK6(), share);
      if (AWAITS) closeConnections();
    },

    async verify(data: TestData): Promise<void> {
      if (settings.generators > 1) recordClock(data);
      resolvePending();
      recordLoadDone();
      awaitAllUsers();
      for (const { scenario } of parts) {
        enter(scenario.name);
        await scenario.runVerify(data);
      }
      if (AWAITS) closeConnections();
    },

    teardown(data: TestData): void {
      const [any] = Object.values(data);
      if (!settings.keep && any !== undefined)
        removeOwn(any, tablesOf(parts.flatMap(({ scenario }) => definitionsIn(ownSchema ?? scenario.schema))));
    },

    handleSummary({ metrics }: { metrics: Record<string, { values: Record<string, number> }> }) {
      const values: MetricValues = Object.fromEntries(
        Object.entries(metrics).map(([key, metric]) => [key, metric.values]),
      );
      const summary = summarise({
        scenario: composition.definition.name,
        settings,
        plan,
        limits,
        metrics: values,
        ...apart,
      });
      if (settings.summary !== undefined) return { [settings.summary]: JSON.stringify(summary, null, 2) };
      return { stdout: summaryText(summary) };
    },
  };
}

/** The text that `k6 run` alone prints at the end. */
function summaryText(summary: RunSummary): string {
  const { state, headline } = judgeRun({ summary });
  const tables = [
    loadTable(summary),
    operationsTable(summary),
    comparisonTable(summary),
    limitsTable(summary.limits),
  ].filter((text) => text !== '');
  return `\n${tables.join('\n\n')}\n\n${state.toUpperCase()}: ${headline}\n`;
}
