import { sleep } from 'k6';
import { query } from '../../core/protocols/request.ts';
import type { Route } from '../session/route.ts';
import { settings } from '../setup/environment.ts';
import { now } from '../test/execution.ts';
import { lineStart, record } from './recorder.ts';

/** Seconds between tries. */
const PAUSE = 0.5;
/** Milliseconds that this user's reads may still wait for nodes that do not answer. */
let patience = settings.patience;

/**
 * Reads on one node what is there after the load, in one statement or transaction, and records it as `final-read`.
 *
 * @param shape makes the recorded value of the statements' results
 * @returns undefined where the node did not answer
 */
export function finalRead<T>(
  route: Route,
  text: string,
  shape: (results: unknown[]) => T,
  key?: string,
): T | undefined {
  const read = queryPatiently(route, text);
  if (read === undefined) return undefined;
  const value = shape(read.values);
  const answer = { outcome: 'ok', value } as const;
  record(lineStart('final-read', route.node, 'sql'), key, value, answer, read.start, now());
  return value;
}

/** Start and values of the first try that is answered; undefined if none is in time. */
export function queryPatiently(route: Route, text: string): { start: number; values: unknown[] } | undefined {
  let cause = '';
  const found = patiently(route, () => {
    const start = now();
    const answer = route.ask('verify', query(text));
    if (answer.outcome === 'ok') return { start, values: answer.value };
    cause = answer.message;
    return undefined;
  });
  if (found === undefined) console.error(`${route.node.name} could not be read at the end: ${cause}`);
  return found;
}

/**
 * Tries until a node answers, or what is left of --patience is over: a node may still be coming back after a fault, but one
 * that hangs for ever must not hold up the run as long.
 * @param attempt undefined where it was not answered
 */
export function patiently<T>({ session, node }: Route, attempt: () => T | undefined): T | undefined {
  for (;;) {
    const start = now();
    const found = attempt();
    if (found !== undefined) return found;
    sleep(PAUSE);
    patience -= now() - start;
    if (patience <= 0) return undefined;
    session.renewWhenDue(node);
  }
}
