// From k6's iteration to a request, and back:
//
//   k6 calls `iterate` (test/k6-test.ts) ──► repeated, if the model is closed (test/iterations.ts)
//     ──► the scenario's iteration for the route whose turn it is (test/scenario.ts)
//       ──► Operation(request, key, value), made once for each route (this file)
//         ──► Session.renewWhenDue, only when due      ──► Send: the transport of the protocol (session/route.ts)
//         ◄── request.read(answer): ok, conflict, failed or unknown; a conflict is sent again after a pause
//       ──► operation_duration, operation_errors; a line of the history (recorder.ts)
//
// This runs for every request, so what k6 charges for shapes it. Do not simplify (docs/evidence has what each buys, measured
// against the barest script that sends the same bytes):
// - closures per route and kind, not objects: inside k6 to look a property up costs more than to call a function;
// - one object for each endpoint, compared by identity: address, headers and tags are worked out once, not for each request;
// - the first attempt before the loop of retries: nothing is allocated unless a conflict occurs;
// - `addDuration` without its second argument if there are no tags; `RECORDS` asked before `record` is called;
// - `pending`: k6 interrupts an iteration without running its `finally`, so the next operation resolves the interrupted one.
import { type LoadPlan, phaseAt } from '../../core/load/load-plan.ts';
import { type Answer, gotNoAnswer, type RawAnswer } from '../../core/protocols/outcome.ts';
import type { Endpoint, Request } from '../../core/protocols/request.ts';
import { perRoute, type Route } from '../session/route.ts';
import { routerOfUser } from '../session/router.ts';
import type { SendLater, SendNow } from '../session/send.ts';
import { loadBegan, now } from '../test/execution.ts';
import { partTag } from '../test/part.ts';
import { pause } from '../test/pause.ts';
import { conflicts, operationDuration, operationErrors, refusals } from './operation-metrics.ts';
import { lineStart, RECORDS, record } from './recorder.ts';
import { type Tags, tagsOf } from './tags.ts';

/** A kind of operation of a scenario. */
export interface Intent {
  /** Function in the history format, and operation in metrics. */
  readonly f: string;
  /** Whether an acknowledged operation is recorded with the value of its answer, as reads are. */
  readonly recordsAnswer?: true;
  /**
   * Texts of refusals that belong to the operation's meaning, as a compare-and-set has `mismatch`: not applied, not an
   * error of the database, and recorded as `failed` with this text as its error.
   */
  readonly refusal?: string | readonly string[];
}

/**
 * Carries out one operation: retries it if the server answers "conflict, not applied" (and only then, so that nothing is
 * applied twice), measures it, and records it.
 * @param key what it is done to, in the history: a record, a register
 * @param value what is written, in the history, where it is not the answer's
 */
export type Operation = <T>(request: Request<T>, key?: string, value?: unknown) => Answer<T> | Promise<Answer<T>>;

/** Operations of one kind, by route. */
export type Operations = (route: Route) => Operation;

/** Tries of an operation that meets conflicts: the first and nine retries. */
const MOST_ATTEMPTS = 10;
const FIRST_PAUSE = 0.002;
const LONGEST_PAUSE = 0.2;

/** To look a function up costs CPU each time. */
const { add: addDuration } = operationDuration;

/** The VU's in-flight operation: operations of one VU follow one another. */
let pending: { readonly line: string; readonly tags: Tags | undefined } | undefined;
let pendingSince = 0;
let pendingKey: string | undefined;
let pendingValue: unknown;

/** Of the test that the operations belong to. */
let plan: LoadPlan | undefined;

/** Called once by the test, before anything else. */
export function setPlan(ofTest: LoadPlan): void {
  plan = ofTest;
}

/**
 * Records an operation that k6 interrupted before its answer came, as at the end of a phase, as `unknown`, for the phase in
 * which it began. k6 runs no code of the iteration it interrupts, so the VU's next operation calls this, or its `verify`.
 */
export function resolvePending(): void {
  if (pending === undefined) return;
  if (plan === undefined) throw new Error('the test has set no load plan');
  const scenario = phaseAt(plan, pendingSince - loadBegan(plan));
  const tags = { scenario, ...partTag(), ...pending.tags };
  operationDuration.add(now() - pendingSince, tags);
  operationErrors.add(1, { ...tags, outcome: 'unknown' });
  if (RECORDS) record(pending.line, pendingKey, pendingValue, INTERRUPTED, pendingSince);
  pending = undefined;
}

/**
 * Makes the operations of a kind; that of a route can be asked for each time, or kept where every look-up counts. Call it in
 * init.
 *
 * What an operation needs waits in variables of closures: inside k6, among other users' objects and the server's work on the
 * same caches, to look up a property costs most of all (docs/explanation/consistency.md).
 */
export const operation = (intent: Intent): Operations => perRoute((route) => operationOn(route, intent));

function operationOn(route: Route, { f, recordsAnswer, refusal = [] }: Intent): Operation {
  const refusalTexts = typeof refusal === 'string' ? [refusal] : refusal;
  const { session, node } = route;
  let endpoint: Endpoint | undefined;
  let sendNow: SendNow | undefined;
  let sendLater: SendLater | undefined;
  let tags: Tags | undefined;
  let line: string;
  let pendingHere: typeof pending;
  /** When to renew the session's token: milliseconds on the clock of `now`. */
  let renewAt = 0;

  function switchTo(wanted: Endpoint): void {
    const protocol = route.protocolOf(wanted);
    endpoint = wanted;
    ({ now: sendNow, later: sendLater } = route.sender(wanted, f));
    tags = tagsOf(node, protocol, f);
    line = lineStart(f, node, protocol);
    pendingHere = { line, tags };
  }

  return (request, key, value) => {
    if (request.endpoint !== endpoint) switchTo(request.endpoint);
    if (pending !== undefined) resolvePending();
    let start = now();
    if (start >= renewAt) {
      // Between operations, so that the time of a sign-in is not an operation's latency.
      renewAt = session.renewWhenDue(node);
      start = now();
    }
    pending = pendingHere;
    pendingSince = start;
    pendingKey = key;
    pendingValue = value;
    return attempt(request, key, value, start);
  };

  /**
   * Sends the request, and goes on with the answer.
   * @param tries milliseconds that the attempts before took, from the second one on
   * @param sent when this one is sent
   */
  function attempt<T>(
    request: Request<T>,
    key: string | undefined,
    value: unknown,
    start: number,
    tries?: number[],
    sent = start,
  ): Answer<T> | Promise<Answer<T>> {
    const { tail, body } = request;
    if (sendNow !== undefined) return answered(sendNow(tail, body), request, key, value, start, sent, tries);
    // One promise for all of it: each costs about half as much as a message.
    return new Promise((resolve) =>
      sendLater?.(tail, body, (raw) => resolve(answered(raw, request, key, value, start, sent, tries))),
    );
  }

  function answered<T>(
    raw: RawAnswer,
    request: Request<T>,
    key: string | undefined,
    value: unknown,
    start: number,
    sent: number,
    tries: number[] | undefined,
  ): Answer<T> | Promise<Answer<T>> {
    let answer = request.read(raw);
    const end = now();
    tries?.push(end - sent);
    if (answer.outcome === 'conflict') {
      conflicts.add(1, tags);
      const all = tries ?? [end - sent];
      if (all.length < MOST_ATTEMPTS) return tryAgain(request, key, value, start, all);
    }

    pending = undefined;
    // An argument costs CPU even where it is undefined.
    if (tags === undefined) addDuration(end - start);
    else addDuration(end - start, tags);
    if (answer.outcome === 'ok') {
      if (RECORDS) record(line, key, recordsAnswer ? answer.value : value, answer, start, end, tries);
      return answer;
    }

    if (raw.status === 401) {
      session.markRejected();
      renewAt = 0;
    }
    if (gotNoAnswer(answer)) routerOfUser().markSilent(node);
    const message = answer.outcome === 'failed' ? answer.message : '';
    const kind = refusalTexts.find((text) => message.includes(text));
    const refused = kind !== undefined;
    if (answer.outcome === 'failed' && refused) {
      answer = { ...answer, kind };
      refusals.add(1, tags);
    } else operationErrors.add(1, { ...tags, outcome: answer.outcome });
    if (RECORDS) record(line, key, value, answer, start, end, tries, refused);
    return answer;
  }

  async function tryAgain<T>(
    request: Request<T>,
    key: string | undefined,
    value: unknown,
    start: number,
    tries: number[],
  ): Promise<Answer<T>> {
    await pause(Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries.length));
    return attempt(request, key, value, start, tries, now());
  }
}

const INTERRUPTED = { outcome: 'unknown', kind: 'cut off', message: 'the phase ended before an answer came' } as const;
