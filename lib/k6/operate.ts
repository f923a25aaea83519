import { sleep } from 'k6';
import { type LoadPlan, phaseAt } from '../core/load-plan.ts';
import { type Answer, gotNoAnswer } from '../core/outcome.ts';
import type { Protocol } from '../core/protocols.ts';
import { loadBegan, now } from './execution.ts';
import { RECORDS, record } from './history.ts';
import { conflicts, operationDuration, operationErrors, refusals } from './metrics.ts';
import type { Node } from './nodes.ts';
import { partTag } from './part.ts';
import { routerOfUser } from './router.ts';
import { tagsOf } from './tags.ts';

/** An operation as its scenario describes it: function, key and value of the history format. */
export interface Intent {
  readonly f: string;
  readonly key?: string | undefined;
  readonly value?: unknown;
  /** Whether an acknowledged operation is recorded with the value of its answer, as reads are. */
  readonly recordsAnswer?: true;
  /**
   * Text of the refusal that belongs to the operation's meaning, as a compare-and-set has `mismatch`: not applied, not an
   * error of the database, and recorded as `failed` with this text as its error.
   */
  readonly refusal?: string;
}

/** Tries of an operation that meets conflicts: the first and nine retries. */
const MOST_ATTEMPTS = 10;
const FIRST_PAUSE = 0.002;
const LONGEST_PAUSE = 0.2;

/**
 * The operation that this user is at: operations of one user follow one another. Four variables and no object, as they
 * are set once an operation.
 */
let pending: Intent | undefined;
let pendingNode: Node;
let pendingProtocol: Protocol;
let pendingSince = 0;

/** Of the test that the operations belong to. */
let plan: LoadPlan | undefined;

/** Called once by the test, before anything else. */
export function operateBy(its: LoadPlan): void {
  plan = its;
}

/**
 * Records an operation that k6 cut off before its answer came, as at the end of a phase, as `unknown`, for the phase in
 * which it began. k6 runs no code of the iteration it cuts off, so the user's next operation does it, or its `verify`.
 */
export function settlePending(): void {
  if (pending === undefined) return;
  if (plan === undefined) throw new Error('no test has said by which plan it operates');
  const tags = {
    scenario: phaseAt(plan, pendingSince - loadBegan(plan)),
    ...partTag(),
    ...tagsOf(pendingNode, pendingProtocol, pending.f),
  };
  operationDuration.add(now() - pendingSince, tags);
  operationErrors.add(1, { ...tags, outcome: 'unknown' });
  if (RECORDS) record(pending, pendingNode, pendingProtocol, CUT_OFF, pendingSince);
  pending = undefined;
}

export type Operate = typeof operate;

/**
 * Carries out one operation: tries again where the server says "conflict, not applied" (and only there, so that nothing
 * is applied twice), measures it, and records it.
 */
export function operate<T>(intent: Intent, node: Node, protocol: Protocol, attempt: () => Answer<T>): Answer<T> {
  if (pending !== undefined) settlePending();
  const start = now();
  pendingNode = node;
  pendingProtocol = protocol;
  pendingSince = start;
  pending = intent;
  const tags = tagsOf(node, protocol, intent.f);

  let answer = attempt();
  let end = now();
  let tries: number[] | undefined;
  if (answer.outcome === 'conflict') {
    tries = [end - start];
    while (answer.outcome === 'conflict') {
      conflicts.add(1, tags);
      if (tries.length === MOST_ATTEMPTS) break;
      sleep(Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries.length));
      const again = now();
      answer = attempt();
      end = now();
      tries.push(end - again);
    }
  }

  pending = undefined;
  operationDuration.add(end - start, tags);
  let refused = false;
  if (answer.outcome !== 'ok') {
    if (gotNoAnswer(answer)) routerOfUser().gotNoAnswer(node);
    if (isExpected(intent, answer)) {
      answer = { ...answer, kind: intent.refusal };
      refused = true;
      refusals.add(1, tags);
    } else operationErrors.add(1, { ...tags, outcome: answer.outcome });
  }
  if (RECORDS) record(intent, node, protocol, answer, start, end, tries, refused);
  return answer;
}

function isExpected(
  intent: Intent,
  { outcome, message }: Extract<Answer<unknown>, { message: string }>,
): intent is Intent & { refusal: string } {
  return outcome === 'failed' && intent.refusal !== undefined && message.includes(intent.refusal);
}

const CUT_OFF = { outcome: 'unknown', kind: 'cut off', message: 'the phase ended before an answer came' } as const;
