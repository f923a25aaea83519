import { sleep } from 'k6';
import http from 'k6/http';
import { type LoadPlan, phaseAt } from '../../core/load/load-plan.ts';
import { type Answer, gotNoAnswer } from '../../core/protocols/outcome.ts';
import type { Endpoint, Request } from '../../core/protocols/request.ts';
import { type Address, type Params, perRoute, type Route, SENDERS, type Send } from '../session/route.ts';
import { routerOfUser } from '../session/router.ts';
import { loadBegan, now } from '../test/execution.ts';
import { partTag } from '../test/part.ts';
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
   * Text of the refusal that belongs to the operation's meaning, as a compare-and-set has `mismatch`: not applied, not an
   * error of the database, and recorded as `failed` with this text as its error.
   */
  readonly refusal?: string;
}

/**
 * Carries out one operation: tries again where the server says "conflict, not applied" (and only there, so that nothing
 * is applied twice), measures it, and records it.
 * @param key what it is done to, in the history: a record, a register
 * @param value what is written, in the history, where it is not the answer's
 */
export type Operation = <T>(request: Request<T>, key?: string, value?: unknown) => Answer<T>;

/** Operations of one kind, by route. */
export type Operations = (route: Route) => Operation;

/** Tries of an operation that meets conflicts: the first and nine retries. */
const MOST_ATTEMPTS = 10;
const FIRST_PAUSE = 0.002;
const LONGEST_PAUSE = 0.2;

/** To look a function up costs CPU each time. */
const { add: addDuration } = operationDuration;

/** The operation that this user is at: operations of one user follow one another. */
let pending: { readonly line: string; readonly tags: Tags | undefined } | undefined;
let pendingSince = 0;
let pendingKey: string | undefined;
let pendingValue: unknown;

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
  const scenario = phaseAt(plan, pendingSince - loadBegan(plan));
  const tags = { scenario, ...partTag(), ...pending.tags };
  operationDuration.add(now() - pendingSince, tags);
  operationErrors.add(1, { ...tags, outcome: 'unknown' });
  if (RECORDS) record(pending.line, pendingKey, pendingValue, CUT_OFF, pendingSince);
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

function operationOn(route: Route, { f, recordsAnswer, refusal }: Intent): Operation {
  const { session, node } = route;
  let endpoint: Endpoint | undefined;
  let send: Send;
  let address: string;
  /** k6 parses an address that is text for each request. */
  let parsed: Address;
  let params: Params;
  let tags: Tags | undefined;
  let line: string;
  let here: typeof pending;
  /** When to look at the session: milliseconds on the clock of `now`. */
  let lookAt = 0;

  function turnTo(its: Endpoint): void {
    const { protocol, method, path } = its;
    endpoint = its;
    send = SENDERS[method];
    address = node.url + path;
    parsed = http.url`${address}`;
    params = route.params(protocol, f);
    tags = tagsOf(node, protocol, f);
    line = lineStart(f, node, protocol);
    here = { line, tags };
  }

  return (request, key, value) => {
    const { endpoint: its, tail, body, read } = request;
    if (its !== endpoint) turnTo(its);
    if (pending !== undefined) settlePending();
    let start = now();
    if (start >= lookAt) {
      // Between operations, so that the time of a sign-in is not an operation's latency.
      lookAt = session.renewWhenDue(node);
      start = now();
    }
    pending = here;
    pendingSince = start;
    pendingKey = key;
    pendingValue = value;

    const to = tail === '' ? parsed : address + tail;
    let sent = start;
    let response = send(to, body, params);
    let answer = read(response);
    let end = now();
    let tries: number[] | undefined;
    while (answer.outcome === 'conflict') {
      conflicts.add(1, tags);
      tries ??= [end - sent];
      if (tries.length === MOST_ATTEMPTS) break;
      sleep(Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries.length));
      sent = now();
      response = send(to, body, params);
      answer = read(response);
      end = now();
      tries.push(end - sent);
    }

    pending = undefined;
    // An argument costs CPU even where it is undefined.
    if (tags === undefined) addDuration(end - start);
    else addDuration(end - start, tags);
    if (answer.outcome === 'ok') {
      if (RECORDS) record(line, key, recordsAnswer ? answer.value : value, answer, start, end, tries);
      return answer;
    }

    if (response.status === 401) {
      session.wasRefused();
      lookAt = 0;
    }
    if (gotNoAnswer(answer)) routerOfUser().gotNoAnswer(node);
    const refused = answer.outcome === 'failed' && refusal !== undefined && answer.message.includes(refusal);
    if (refused) {
      answer = { ...answer, kind: refusal };
      refusals.add(1, tags);
    } else operationErrors.add(1, { ...tags, outcome: answer.outcome });
    if (RECORDS) record(line, key, value, answer, start, end, tries, refused);
    return answer;
  };
}

const CUT_OFF = { outcome: 'unknown', kind: 'cut off', message: 'the phase ended before an answer came' } as const;
