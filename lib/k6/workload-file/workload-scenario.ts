import { Counter } from 'k6/metrics';
import type { WorkloadValue } from '../../core/checkers/created.ts';
import { compareFinalReads } from '../../core/checkers/writes/final-reads.ts';
import { picker } from '../../core/load/mix.ts';
import type { Outcome } from '../../core/protocols/outcome.ts';
import { mapRequest, query } from '../../core/protocols/request.ts';
import { randomStream } from '../../core/random/random.ts';
import { tableOf } from '../../core/verdict/table-shape.ts';
import { contentText, type Row, wrongAnswer } from '../../core/workload-file/expectations.ts';
import { castOf, type DrawingContext, NothingToDraw } from '../../core/workload-file/values.ts';
import type { Step, ValueSource, Workload, WorkloadOperation } from '../../core/workload-file/workload.ts';
import { workloadDefinition } from '../../core/workload-file/workload-definition.ts';
import { findings } from '../operations/answer-findings.ts';
import { finalRead } from '../operations/final-read.ts';
import { operation } from '../operations/operation.ts';
import type { Route } from '../session/route.ts';
import { settings } from '../setup/environment.ts';
import { userId } from '../test/execution.ts';
import { defineScenario, type Scenario } from '../test/scenario.ts';
import { invariantReader } from './invariant-reader.ts';
import { rehearse } from './rehearsal.ts';
import { seedTables } from './seed-tables.ts';
import { keepValues, type Parameters, stepRequests } from './step-request.ts';

/** A step that is ready to run: `run` returns whether the operation goes on. */
type RunStep = (route: Route) => Promise<boolean>;

/** Makes a scenario of a workload file. */
export function workloadScenario(workload: Workload): Scenario {
  const { operations } = workload;
  const wrong = findings('wrong answer');
  const createdRecords = createdByThisUser(workload);
  const countOf = (table: string): number => workload.seed.find((it) => it.table === table)?.count ?? settings.records;
  const context = (user: number): DrawingContext => ({
    user,
    users: () => run.users(),
    random: randomStream(settings.seed + Math.imul(user, 0x85ebca6b)),
    seeded: countOf,
    created: new Map(),
    kept: new Map(),
    now: () => new Date().toISOString(),
    people: workload.people,
  });

  function stepRunner(step: Step, own: DrawingContext): RunStep {
    const perform = performers.get(step) as ReturnType<typeof operation>;
    const { draw, request, rows: read } = stepRequests(step, own);
    const newRecords = Object.keys(step.with).filter((name) => isNew(step.with[name] ?? '', workload));
    const subject = Object.keys(step.with).find((name) => castOf(step.with[name] ?? '') === 'record') ?? '';
    return async (route) => {
      const drawn = draw();
      const ids = newRecords.map((name) => drawn[name]?.text ?? '');
      const value = recordedValue(drawn, ids);
      let rows: readonly Row[] = [];
      let { created = {} } = value;
      const readValue = (results: unknown[]): WorkloadValue => {
        rows = read(results);
        if (ids.length === 0) return value;
        created = contentsIn(rows, ids, workload);
        return { ...value, created };
      };
      const key = drawn[subject]?.text;
      const { outcome } = await perform(route)(mapRequest(request(drawn), readValue), key, value);
      createdRecords.note(created, outcome, run.nodes.length);
      if (outcome !== 'ok') return false;
      const says = wrongAnswer(step, rows, drawn) ?? broken(route, step, rows);
      if (says !== undefined)
        wrong({ node: route.node, protocol: route.client.protocol, key: key ?? step.f, says: `${step.f}: ${says}` });
      keepValues(step, rows, own);
      return true;
    };
  }

  /** Whether the step's condition over `$result` does not hold, in words. The node evaluates it, outside of what is measured. */
  function broken(route: Route, { expect: { holds } }: Step, rows: unknown): string | undefined {
    if (holds === undefined) return undefined;
    const text = `LET $result = encoding::json::decode($result); RETURN (${holds}) = true`;
    const answer = route.ask('expect', query(text, { result: JSON.stringify(rows) }));
    if (answer.outcome !== 'ok') return `${holds} cannot be evaluated: ${answer.message}`;
    return answer.value[1] === true ? undefined : `${holds} does not hold for ${JSON.stringify(rows).slice(0, 200)}`;
  }

  const performers = new Map(
    operations.flatMap(({ steps }) =>
      steps.map((step) => [step, operation({ f: step.f, recordsAnswer: true, refusal: step.expect.refused })]),
    ),
  );
  const pick = picker(Object.fromEntries(operations.map(({ name, weight }) => [name, weight])));
  let runners: Map<string, readonly RunStep[]> | undefined;
  const makeRunners = () => {
    const own = context(userId());
    return new Map(
      operations.map(({ name, steps }: WorkloadOperation) => [name, steps.map((step) => stepRunner(step, own))]),
    );
  };

  const run = defineScenario({
    ...workloadDefinition(workload.name),
    schema: workload.schema,
    thresholds: { limits: workload.limits },
    operations: [...performers.keys()].map(({ f }) => f),
    seed: (route) => {
      seedTables(route, workload, countOf);
      invariants.checkSeeded(route);
    },
    rehearse: (route) => rehearse(route, workload, context(0)),
    iterate: (route) => async () => {
      invariants.readWhenDue(run);
      runners ??= makeRunners();
      const steps = runners.get(pick(run.random(100))) ?? [];
      try {
        for (const step of steps) if (!(await step(route))) break;
      } catch (error) {
        if (!(error instanceof NothingToDraw)) throw error;
      }
    },
    verify: async () => {
      createdRecords.verify(run);
      if (userId() === 1) invariants.readAtEnd(run);
    },
  });
  const invariants = invariantReader(workload.invariants);
  return run;
}

const isNew = (source: ValueSource, { verify }: Workload): boolean =>
  typeof source === 'object' && 'new' in source && source.new in verify;

function recordedValue(drawn: Parameters, ids: readonly string[]): WorkloadValue {
  const values: Record<string, unknown> = {};
  for (const name in drawn) values[name] = drawn[name]?.value;
  if (ids.length === 0) return { with: values };
  return { with: values, created: Object.fromEntries(ids.map((id) => [id, null])) };
}

/** Contents of new records that an answer shows. */
function contentsIn(rows: readonly Row[], ids: readonly string[], { verify }: Workload): Record<string, string | null> {
  return Object.fromEntries(
    ids.map((id) => {
      const row = rows.find((it) => it.id === id);
      return [id, row === undefined ? null : contentText(row, exceptOf(id, verify))];
    }),
  );
}

const exceptOf = (id: string, verify: Workload['verify']): readonly string[] => verify[tableOf(id)]?.except ?? [];

const lostRecords = new Counter('lost_records');
const corruptedRecords = new Counter('corrupted_records');
const unexpectedRecords = new Counter('unexpected_records');
/** Acknowledged records less those read back, over all nodes: above zero, some are lost, or the end was not read. */
const unverifiedRecords = new Counter('unverified_records');

/** Records that are read back in one request. */
const AT_ONCE = 200;

/** What this VU created, and reads back on every node after the load. */
function createdByThisUser({ verify }: Workload) {
  const known = new Map<string, { readonly outcome: Outcome; readonly content: string | null }>();
  return {
    /** @param created by id, the content that the answer shows */
    note(created: Readonly<Record<string, string | null>>, outcome: Outcome, nodes: number): void {
      for (const id in created) {
        known.set(id, { outcome, content: created[id] ?? null });
        if (outcome === 'ok') unverifiedRecords.add(nodes);
      }
    },
    verify(run: Scenario): void {
      const ids = [...known.keys()];
      for (const node of run.nodes)
        for (let from = 0; from < ids.length; from += AT_ONCE) {
          const some = ids.slice(from, from + AT_ONCE);
          const found = finalRead(run.to(node), `SELECT * FROM ${some.join(',')}`, contentsOf);
          if (found !== undefined) compare(some, found, node.name);
        }
    },
  };

  function contentsOf([rows]: unknown[]): [id: string, content: string][] {
    return (rows as readonly Row[]).map((row) => {
      const id = String(row.id);
      return [id, contentText(row, exceptOf(id, verify))];
    });
  }

  function compare(ids: readonly string[], found: [id: string, content: string][], node: string): void {
    const outcomes = new Map(ids.map((id) => [id, known.get(id)?.outcome ?? 'unknown']));
    const contents = new Map(found);
    const difference = compareFinalReads(outcomes, found, (id) => known.get(id)?.content ?? contents.get(id));
    const { lost, corrupted, unexpected, confirmed } = difference;
    lostRecords.add(lost.length, { node });
    corruptedRecords.add(corrupted.length, { node });
    unexpectedRecords.add(unexpected.length, { node });
    // One with another content was read back, too.
    unverifiedRecords.add(-confirmed - corrupted.length);
  }
}
