import { HISTORY_VERSION, type HistoryHeader, loadBeginsLine, loadDoneLine } from '../../core/history/history.ts';
import type { Answer } from '../../core/protocols/outcome.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import type { ScenarioDefinition } from '../../core/scenario/definition.ts';
import { type Node, nodes } from '../session/nodes.ts';
import { settings } from '../setup/environment.ts';
import { now, userId } from '../test/execution.ts';
import { operationName } from '../test/part.ts';

/**
 * Prints the history's first line. Called once, from set-up.
 * @param parts what the scenarios of a mixed load are called, and what the checkers of each must know
 */
export function recordHeader(
  { name: scenario, checkers }: Pick<ScenarioDefinition, 'name'> & Partial<Pick<ScenarioDefinition, 'checkers'>>,
  users: number,
  options: Readonly<Record<string, unknown>>,
  parts?: HistoryHeader['parts'],
): void {
  if (!RECORDS) return;
  const names = nodes.map(({ name }) => name);
  const { mode, window, seed } = settings;
  const header: HistoryHeader = {
    history: HISTORY_VERSION,
    scenario,
    seed,
    nodes: names,
    ...(checkers === undefined ? {} : { checkers }),
    users,
    // A test that waits for its start, as one of several does in set-up, has no clock yet.
    ...(settings.generators > 1 ? {} : { began: beganAt() }),
    options: { mode, window, ...options },
    ...(parts === undefined ? {} : { parts }),
  };
  console.log(JSON.stringify(header));
}

/** Prints when the load begins: when set-up, which calls this last, has ended. */
export function recordLoadBegins(): void {
  if (RECORDS) console.log(loadBeginsLine(settings.generators > 1 ? 0 : now()));
}

/** Looks at the clocks of one pair. */
const LOOKS = 20;

/**
 * The wall clock at time 0 of `now`. A pause between the two looks makes a pair too late, never too early, and the wall clock
 * returns whole milliseconds: so the earliest of several pairs is within one.
 */
function beganAt(): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (let look = 0; look < LOOKS; look++) {
    const test = now();
    earliest = Math.min(earliest, Date.now() - test);
  }
  return earliest;
}

/**
 * How many lines a user prints at once: a call of k6's console takes longer than to build a line. One in the open model, where
 * a user may not have another turn for long, and after the load.
 */
let linesAtOnce = settings.vus === undefined ? 1 : 64;
/** For how many milliseconds lines are held while others follow: what a killed test has not printed is lost. */
const LONGEST_WAIT = 500;
/** The first `held` of these wait: to set an element costs less than to append one. */
const lines: string[] = [];
let held = 0;
let heldSince = 0;

/** @param at on the clock of `now` */
function print(line: string, at: number): void {
  if (held === 0) heldSince = at;
  lines[held++] = line;
  if (held >= linesAtOnce || at - heldSince > LONGEST_WAIT) printHeld();
}

function printHeld(): void {
  console.log(lines.slice(0, held).join('\n'));
  held = 0;
}

/** Prints what this user still holds of the load, and that this was all. */
export function recordLoadDone(): void {
  if (!RECORDS) return;
  if (held > 0) printHeld();
  linesAtOnce = 1;
  console.log(loadDoneLine(userId()));
}

/** Whether a history is asked for. Where every operation passes it is asked before `record`, as what that receives costs time. */
export const RECORDS = settings.history;

/** What the lines of this user's operations of one kind begin with. */
export const lineStart = (f: string, node: Node, protocol: Protocol): string =>
  `{"process":${userId()},"f":"${operationName(f)}","node":"${node.name}","protocol":"${protocol}","start":`;

/**
 * Prints one operation of this user as a line. Built by hand because this runs once an operation: half the cost of
 * JSON.stringify over a new object. The long part is put together once, as each time copies it.
 * @param line what it begins with
 * @param start milliseconds on the run's clock, as is `end`, which is missing where no answer came
 * @param tries milliseconds that each attempt took; absent where the first was the last
 */
export function record(
  line: string,
  key: string | undefined,
  value: unknown,
  answer: Answer<unknown>,
  start: number,
  end?: number,
  tries?: readonly number[],
  refused = false,
): void {
  if (!RECORDS) return;
  const keyed = key === undefined ? '' : `"key":"${key}",`;
  const valued = value === undefined ? '' : `"value":${JSON.stringify(value)},`;
  const ended = end === undefined ? '' : `"end":${end.toFixed(3)},`;
  const more = tries === undefined && answer.outcome === 'ok' ? '' : unusual(answer, tries, refused);
  print(`${line}${start.toFixed(3)},${ended}${keyed}${valued}${more}"outcome":"${answer.outcome}"}`, end ?? start);
}

function unusual(answer: Answer<unknown>, tries: readonly number[] | undefined, refused: boolean): string {
  const tried = tries === undefined ? '' : `"attempts":${tries.length},"tries":[${tries.map((it) => it.toFixed(3))}],`;
  const error = answer.outcome === 'ok' ? '' : `"error":${JSON.stringify(answer.kind)},`;
  return `${tried}${refused ? '"refused":true,' : ''}${error}`;
}
