import type { Operation } from '../../history/history.ts';
import { isScalar, type ValueShape } from '../../history/history-shape.ts';
import { type Checker, DEFAULT_WINDOW } from '../checker.ts';
import type { CheckVerdict, Evidence } from '../shared/check-verdict.ts';
import { describe, milliseconds, show } from '../shared/describe.ts';
import { conclude, Findings, Tally } from '../shared/findings.ts';
import { endOf } from '../shared/operation-times.ts';
import { quantiles } from '../shared/quantiles.ts';
import { isRuns } from './runs-of-numbers.ts';
import { contentOf, where } from './set-contents.ts';
import { Elements, rank, settle } from './set-elements.ts';

const ANOMALIES = {
  lost: 'An element was known to be there, and every read from some moment to the end misses it.',
  stale: 'An element was known to be there, a later read missed it, and a still later one showed it again.',
  'not converged': 'A read missed an element after the window of mode eventual was over.',
  'dirty read': 'A read showed an element whose add was refused.',
  duplicate: 'A read showed an element more than once.',
  unexpected: 'A read showed an element that nobody had added by then.',
  corrupted: 'An answer is not a set.',
} as const;

type SetAnomaly = keyof typeof ANOMALIES;

export interface SetFullOptions {
  /** `strong`: a read sees every element known before it began. `eventual`: it may lag. Default `strong`. */
  readonly mode?: 'strong' | 'eventual';
  /** In eventual mode, the longest stable latency that is still right, milliseconds. */
  readonly limit?: number;
}

/**
 * Elements are added once each and the whole set is read while that goes on. An element is *known* from the
 * acknowledgement of its add, or from the end of the first read that saw it. It is *stable* where the last read that began
 * saw it, *lost* where reads that began after it was known miss it to the end, *stale* where such reads missed it and later
 * ones saw it again, *never read* where no read can tell.
 *
 * After Jepsen's `checker/set-full`. Its work grows with elements times reads; here every element is settled once, by
 * walking the reads with a disjoint-set forest over the elements still unsettled (Tarjan 1975), so the work grows with
 * the runs in the reads.
 *
 * Operations: `add` (value: a number or a string) · `read` and `final-read` (value: a list of elements, or `Runs`).
 */
export function checkSetFull(operations: Iterable<Operation>, options: SetFullOptions = {}): CheckVerdict<SetAnomaly> {
  const findings = new Findings<SetAnomaly>();
  const tally = new Tally();
  const adds: Operation[] = [];
  const reads: Operation[] = [];
  for (const operation of operations) {
    tally.add(operation);
    if (operation.f === 'add') adds.push(operation);
    else if (operation.outcome === 'ok' && (operation.f === 'read' || operation.f === 'final-read'))
      reads.push(operation);
  }
  const elements = new Elements(adds);
  const contents = reads.map((read) => contentOf(read, elements, findings));
  settle(elements, reads, contents);
  const figures = judge(elements, reads, options, findings);
  const counts = { ...tally.counts, elements: elements.size, reads: reads.length, ...figures.counts };
  return conclude('set', counts, findings, {
    valid: figures.stable > 0 ? 'valid' : 'unknown',
    explanation:
      figures.stable > 0
        ? `Of ${elements.size} elements ${figures.stable} were read to the end, and none was lost.`
        : 'No element was seen by any read, so nothing is known about the set.',
  });
}

interface Figures {
  readonly stable: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Says of every element what became of it. */
function judge(
  elements: Elements,
  reads: readonly Operation[],
  { mode = 'strong', limit = Number.POSITIVE_INFINITY }: SetFullOptions,
  findings: Findings<SetAnomaly>,
): Figures {
  const latencies: number[] = [];
  let neverRead = 0;
  let recovered = 0;
  for (let index = 0; index < elements.size; index++) {
    const add = elements.adds[index] as Operation;
    const first = reads[elements.firstPresent[index] as number];
    if (first !== undefined && rank(add) === 0) reportRefused(add, first, findings);
    if (first !== undefined && endOf(first) < (elements.begun[index] as number)) reportEarly(add, first, findings);
    const known = elements.known[index] as number;
    if (rank(add) === 0 || known === Number.POSITIVE_INFINITY) continue;
    if (add.outcome === 'unknown') recovered++;
    const present = reads[elements.lastPresent[index] as number];
    const absent = reads[elements.lastAbsent[index] as number];
    const sighting: Sighting = { add, known, present, absent };
    const missed = absent !== undefined && absent.start > known;
    const stable = present !== undefined && (absent === undefined || absent.start <= present.start);
    if (stable) latencies.push(missed ? absent.start - known : 0);
    else if (!missed) neverRead++;
    if (!missed) continue;
    const latency = absent.start - known;
    if (!stable && (mode === 'strong' || absent.f === 'final-read')) reportMiss('lost', sighting, latency, findings);
    else if (mode === 'strong') reportMiss('stale', sighting, latency, findings);
    else if (latency > limit) reportMiss('not converged', sighting, latency, findings);
  }
  const stable = latencies.length;
  return {
    stable,
    counts: { stable, recovered, neverRead, ...quantiles('stable latency (ms)', Float64Array.from(latencies)) },
  };
}

interface Sighting {
  readonly add: Operation;
  readonly known: number;
  readonly present: Operation | undefined;
  readonly absent: Operation | undefined;
}

function reportMiss(
  kind: 'lost' | 'stale' | 'not converged',
  { add, known, present, absent }: Sighting,
  latency: number,
  findings: Findings<SetAnomaly>,
): void {
  const evidence = (): Evidence => {
    const missing = absent === undefined ? '' : `, yet missing ${milliseconds(latency)} later in the ${where(absent)}`;
    const again = kind === 'lost' || present === undefined ? '' : `, and there again in the ${where(present)}`;
    return {
      message: `Element ${show(add.value)} (${describe(add)}) was known at ${milliseconds(known)}${missing}${again}.`,
      operations: [add, ...[absent, present].filter((read) => read !== undefined)],
    };
  };
  findings.add(kind, add.start, evidence, latency);
}

function reportRefused(add: Operation, read: Operation, findings: Findings<SetAnomaly>): void {
  findings.add('dirty read', read.start, () => ({
    message: `${describe(add)} was refused, yet the ${where(read)} held the element.`,
    operations: [add, read],
  }));
}

function reportEarly(add: Operation, read: Operation, findings: Findings<SetAnomaly>): void {
  findings.add('unexpected', read.start, () => ({
    message: `The ${where(read)} held element ${show(add.value)} before anybody had added it: ${describe(add)}.`,
    operations: [add, read],
  }));
}

/** What is not a set at all is an anomaly; a set with elements of another kind cannot be read. */
const isContent: ValueShape = (value) =>
  Array.isArray(value)
    ? value.every(isScalar)
    : !isRuns(value) || [...value.runs, ...(value.duplicates ?? [])].every((element) => typeof element === 'number');

export const set = {
  name: 'set',
  anomalies: ANOMALIES,
  among: { lost: 'elements', stale: 'elements', 'not converged': 'elements', 'dirty read': 'elements' },
  shapes: { add: isScalar, read: isContent, 'final-read': isContent },
  check: ({ operations }, { mode = 'strong', window = DEFAULT_WINDOW }) =>
    checkSetFull(operations, { mode, limit: window }),
} as const satisfies Checker<SetAnomaly>;
