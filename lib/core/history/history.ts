import type { Outcome } from '../protocols/outcome.ts';
import type { ClockLook, Skew } from './clocks.ts';

/** Raised when a line's meaning changes. */
export const HISTORY_VERSION = 1;

/** The first line of a history: what a checker needs to know beside the operations. */
export interface HistoryHeader {
  readonly history: typeof HISTORY_VERSION;
  readonly scenario: string;
  readonly seed: number;
  /** Node names in the order of the run's node list, e.g. `surreal-1`. */
  readonly nodes: readonly string[];
  /** Names of the checkers that judge it; in histories of earlier releases those of the scenario. */
  readonly checkers?: readonly string[];
  /** Clients. Each prints a line when all that it did in the load is printed; in histories of earlier releases none does. */
  readonly users?: number;
  /** The wall clock at time 0 of the operations' clock: milliseconds since 1970. Absent in histories of earlier releases. */
  readonly began?: number;
  /** What the scenario's checkers must know, such as the balances that a bank begins with. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * Scenarios of a mixed load, by name, with what the checkers of each must know beside `options`. Functions of their
   * operations begin with the name: `bank/transfer`.
   */
  readonly parts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Of a merged history: how the clock of each generator was brought to that of the first, and how surely. */
  readonly generators?: readonly Skew[];
}

/** One operation of one client, as a line of the history. Terms follow Jepsen: a process calls a function with a value. */
export interface Operation {
  /** The client that did it: operations of one process never overlap. */
  readonly process: number;
  /** Function: `create`, `read`, `transfer`, `final-read`, … each scenario documents its own. */
  readonly f: string;
  /** What it was done to: a record's id, a register's key. */
  readonly key?: string;
  /** What was written or read; its shape belongs to `f`. */
  readonly value?: unknown;
  readonly node: string;
  readonly protocol: string;
  /** Invocation, milliseconds with microsecond digits on the clock that all processes of the run share. */
  readonly start: number;
  /** Completion on the same clock; absent where no answer was seen before the run moved on. */
  readonly end?: number;
  readonly outcome: Outcome;
  /** Kind of the error where the outcome is not `ok`. */
  readonly error?: string;
  /** Tries that the operation took, where more than one. */
  readonly attempts?: number;
  /** Of a merged history: the generator whose clock it was measured by, from 1. */
  readonly generator?: number;
  /** How long each of them took, milliseconds, if there were several; between them are pauses. */
  readonly tries?: readonly number[];
  /** Refused as its meaning asks for, such as an overdrawn account: `failed`, but no error of the database. */
  readonly refused?: true;
}

/** Whether an operation did not end as it should have. */
export const isError = ({ outcome, refused }: Operation): boolean => outcome !== 'ok' && refused !== true;

/** Attempts of an operation that met a concurrent transaction: only such are tried again. */
export const conflictsOf = ({ outcome, attempts = 1 }: Operation): number =>
  outcome === 'conflict' ? attempts : attempts - 1;

/** A history in memory. */
export interface History {
  readonly header: HistoryHeader;
  readonly operations: readonly Operation[];
  /** Lines that could not be read, as a run that was killed leaves them. */
  readonly damaged: number;
  /** Clients of a run that was ended early: what each did last may be missing. */
  readonly unfinished?: number;
}

/** Thrown where a file is not a history that this version reads. The message names cause and next step. */
export class HistoryError extends Error {}

/**
 * Parses one line after the header.
 *
 * @returns undefined for a line that is not a whole operation (cut short, or a stray message).
 */
export function parseOperation(line: string): Operation | undefined {
  if (!line.startsWith('{"process":')) return undefined;
  try {
    return JSON.parse(line) as Operation;
  } catch {
    return undefined;
  }
}

/** Whether a line begins a history. */
export const isHeader = (line: string): boolean => line.startsWith('{"history":');

/** A line between header and operations: when the load begins, on the operations' clock. Its zero is the test's beginning. */
export const loadBeginsLine = (milliseconds: number): string => `load begins at ${milliseconds}`;

/** @returns undefined where the line is another */
export function parseLoadBegins(line: string): number | undefined {
  const [, milliseconds] = /^load begins at ([\d.]+)\r?$/.exec(line) ?? [];
  return milliseconds === undefined ? undefined : Number(milliseconds);
}

/** A line of a client: all that it did in the load is in the lines before. */
export const loadDoneLine = (process: number): string => `client ${process} has loaded`;

/** @returns the client; undefined where the line is another */
export function parseLoadDone(line: string): number | undefined {
  const [, process] = /^client (\d+) has loaded\r?$/.exec(line) ?? [];
  return process === undefined ? undefined : Number(process);
}

/** What a line about a clock begins with. */
export const CLOCK = 'clock ';

/** A line of one of several generators: a wall clock at time 0 of its operations' clock lies between these. */
export const clockLine = ({ node, at, earliest, latest }: ClockLook): string =>
  `${CLOCK}${node === undefined ? '' : `of ${node} `}began from ${earliest} to ${latest}, seen at ${at}`;

/** @returns undefined where the line is another */
export function parseClock(line: string): ClockLook | undefined {
  if (!line.startsWith(CLOCK)) return undefined;
  const [, node, earliest, latest, at] =
    /^clock (?:of (\S+) )?began from ([\d.]+) to ([\d.]+), seen at ([\d.]+)\r?$/.exec(line) ?? [];
  if (at === undefined) return undefined;
  const look = { at: Number(at), earliest: Number(earliest), latest: Number(latest) };
  return node === undefined ? look : { node, ...look };
}

/** @throws HistoryError where the line is not a history's header of a version that this program reads. */
export function parseHeader(line: string): HistoryHeader {
  let header: Partial<HistoryHeader>;
  try {
    header = JSON.parse(line) as Partial<HistoryHeader>;
  } catch {
    throw new HistoryError('The first line is not a history header: this is not a history of this suite.');
  }
  if (header.history !== HISTORY_VERSION)
    throw new HistoryError(
      `History version ${header.history ?? 'missing'}, but this program reads version ${HISTORY_VERSION}: use the suite's version that recorded it.`,
    );
  return header as HistoryHeader;
}
