import type { CheckVerdict, Evidence } from '../checkers/shared/check-verdict.ts';
import { milliseconds } from '../checkers/shared/describe.ts';
import type { FaultWindow } from './window.ts';

/** Adds to every anomaly the fault that took effect next to its first operation, so that the two can be seen together. */
export function besideFaults(checks: readonly CheckVerdict[], windows: readonly FaultWindow[]): CheckVerdict[] {
  const beside = (evidence: Evidence): Evidence => {
    const note = nearest(evidence, windows);
    return note === undefined ? evidence : { ...evidence, message: `${evidence.message} ${note}` };
  };
  return checks.map((check) => ({
    ...check,
    anomalies: check.anomalies.map((anomaly) => ({
      ...anomaly,
      first: beside(anomaly.first),
      ...(anomaly.worst === undefined ? {} : { worst: beside(anomaly.worst) }),
    })),
  }));
}

function nearest({ operations: [first] }: Evidence, windows: readonly FaultWindow[]): string | undefined {
  if (first === undefined) return undefined;
  const at = first.end ?? first.start;
  const begun = windows.flatMap(({ fault, began }) => (began === undefined ? [] : [{ fault, began }]));
  const [closest] = begun.toSorted((a, b) => Math.abs(a.began - at) - Math.abs(b.began - at));
  if (closest === undefined) return undefined;
  const { fault, began } = closest;
  const answer = first.end === undefined ? 'it began' : 'its answer';
  return `Nearest fault: ${fault}, in effect ${milliseconds(Math.abs(began - at))} ${began < at ? 'before' : 'after'} ${answer}.`;
}
