import { type ClockLook, joinLooks, millisecondsOf } from '../../core/history/clocks.ts';
import { clockLine } from '../../core/history/history.ts';
import { CLIENTS } from '../../core/protocols/clients.ts';
import { query } from '../../core/protocols/request.ts';
import { RECORDS } from '../operations/recorder.ts';
import { type Node, nodes } from '../session/nodes.ts';
import { type Route, routeOf } from '../session/route.ts';
import { Session } from '../session/session.ts';
import { isFirstUserHere, now } from '../test/execution.ts';
import type { RunData } from '../test/scenario.ts';

/**
 * Prints, as one of several generators, where its clock is against its machine's wall clock and against that of the first node.
 * Called by each user once at the first load, and once more before the end is read.
 */
export function recordClock(data: Readonly<Record<string, RunData>>): void {
  if (!RECORDS || !isFirstUserHere()) return;
  console.log(clockLine(lookAtOwn()));
  const [{ place, token }, node] = [Object.values(data)[0] as RunData, nodes[0] as Node];
  const session = new Session(place, token);
  session.renewWhenDue(node);
  const look = lookAtNode(routeOf(session, node, CLIENTS.sql));
  if (look !== undefined) console.log(clockLine(look));
}

/** Milliseconds, and so as many steps of the wall clock. */
const LOOKING = 5;

/**
 * The wall clock returns whole milliseconds, rounded down, so what it returns bounds the time before it from below and the time
 * after it from above; looks on both sides of its steps bring the bounds together.
 */
function lookAtOwn(): ClockLook {
  let earliest = Number.NEGATIVE_INFINITY;
  let latest = Number.POSITIVE_INFINITY;
  for (const until = now() + LOOKING; now() < until; ) {
    const before = now();
    const wall = Date.now();
    const after = now();
    earliest = Math.max(earliest, wall - after);
    latest = Math.min(latest, wall + 1 - before);
  }
  return { at: now(), earliest, latest };
}

/** The first request may have to connect; the fastest of the others bounds best. */
const QUESTIONS = 5;

/** @returns undefined where the node gave no time */
function lookAtNode(route: Route): ClockLook | undefined {
  const looks: ClockLook[] = [];
  for (let question = 0; question < QUESTIONS; question++) {
    const before = now();
    const answer = route.ask('clock', query('RETURN time::now()'));
    const after = now();
    const time = answer.outcome === 'ok' ? millisecondsOf(answer.value[0]) : undefined;
    if (time === undefined) return undefined;
    looks.push({ node: route.node.name, at: after, earliest: time - after, latest: time - before });
  }
  return joinLooks(looks);
}
