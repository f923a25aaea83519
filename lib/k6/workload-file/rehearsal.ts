import { query } from '../../core/protocols/request.ts';
import { wrongAnswer } from '../../core/workload-file/expectations.ts';
import { castOf, type DrawingContext, NothingToDraw } from '../../core/workload-file/values.ts';
import type { Step, Workload } from '../../core/workload-file/workload.ts';
import type { Route } from '../session/route.ts';
import { stop } from '../setup/abort.ts';
import { keepValues, stepRequests } from './step-request.ts';

/**
 * Carries out every operation of a workload once before the load. To a record user who may not create, change or see something
 * SurrealDB answers "OK, no rows", so its permissions show only in what is there afterwards. Ends the test if something is missing.
 * @param own draws values as a user of no load, whose records nobody else has
 */
export function rehearse(route: Route, { seed, operations }: Workload, own: DrawingContext): void {
  for (const { table } of seed) {
    const expected = own.seeded(table);
    const [rows] = ask(route, `seeded ${table}`, `SELECT count() FROM ${table} GROUP ALL`);
    const found = (rows as { count: number }[])[0]?.count ?? 0;
    if (found !== expected)
      stop(
        `The record user sees ${found} of ${expected} seeded records of ${table}. Its PERMISSIONS must let the user create and select them.`,
      );
  }
  for (const { steps } of operations)
    try {
      steps.every((step) => rehearseStep(route, step, own));
    } catch (error) {
      if (!(error instanceof NothingToDraw)) throw error;
    }
}

/** @returns whether the operation goes on */
function rehearseStep(route: Route, step: Step, own: DrawingContext): boolean {
  const { draw, request, rows: read } = stepRequests(step, own);
  const parameters = draw();
  const answer = route.ask('setup', request(parameters));
  if (answer.outcome !== 'ok') {
    const { message } = answer;
    if (step.expect.refused.some((text) => message.includes(text))) return false;
    return stop(`The record user cannot do ${step.f}: ${message}`);
  }
  const rows = read(answer.value);
  const wrong = wrongAnswer(step, rows, parameters);
  if (wrong !== undefined) stop(`The record user cannot do ${step.f}: ${wrong}. ${PERMISSIONS}`);
  keepValues(step, rows, own);
  for (const [name, source] of Object.entries(step.with)) {
    const isCreated = new RegExp(`\\bCREATE\\s+(ONLY\\s+)?\\$${name}\\b`, 'i').test(step.query);
    if (!isCreated || castOf(source) !== 'record') continue;
    const id = parameters[name]?.text ?? '';
    const [found] = ask(route, step.f, `SELECT VALUE id FROM ${id}`);
    if ((found as unknown[]).length === 0)
      stop(
        `The record user cannot do ${step.f}: ${id}, which it creates, is not there for it afterwards. ${PERMISSIONS}`,
      );
  }
  return true;
}

const PERMISSIONS = 'Correct the PERMISSIONS of its table.';

function ask(route: Route, what: string, text: string): unknown[] {
  const answer = route.ask('setup', query(text));
  return answer.outcome === 'ok' ? answer.value : stop(`The record user cannot do ${what}: ${answer.message}`);
}
