import type { Round } from '../../core/comparison/compare-rounds.ts';
import { type GateSuite, isCompared, nameOf } from '../../core/gate/gate-suite.ts';
import { type GateEntryResult, gateHeadline, stateOf } from '../../core/gate/gate-verdict.ts';
import { UsageError } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import type { ArmRequest } from '../compare/arms.ts';
import { armRecord } from '../compare/compare-targets.ts';
import { prepareK6 } from '../compare/rounds.ts';
import { withArms } from '../compare/with-arms.ts';
import { fingerprintOf, thisMachine } from '../system/machine.ts';
import { type Baseline, writeBaseline } from './baseline.ts';
import { runEntry } from './gate-entries.ts';
import { GATE_VERSION, type GateRecord, writeGate } from './gate-record.ts';

export interface GateRequest {
  readonly suite: GateSuite;
  /** File of the suite. */
  readonly file: string;
  readonly candidate: ArmRequest;
  /** Measured in the same job. */
  readonly baseline: ArmRequest | undefined;
  /** Measured before, on a machine like this one. */
  readonly kept: Baseline | undefined;
  /** Where the candidate's figures become the baseline of later gates; they are only measured then, not compared. */
  readonly update: string | undefined;
  readonly command: string;
}

/** @throws UsageError where the suite compares, and there is nothing to compare with */
export function checkGate({ suite: { suite }, file, baseline, kept, update }: GateRequest): void {
  const compared = suite.filter(isCompared);
  if (update !== undefined && compared.length === 0)
    throw new UsageError(
      `${file} compares nothing, so there is no baseline to store. Add "compare" to one of its entries.`,
    );
  if (compared.length === 0 || baseline !== undefined || update !== undefined) return;
  if (kept === undefined)
    throw new UsageError(
      `${file} compares with a baseline, and there is none. Measure one in the same job with --baseline TARGET, or keep one with --update-baseline.`,
    );
  const missing = compared.map(nameOf).filter((name) => kept.entries[name] === undefined);
  if (missing.length > 0)
    throw new UsageError(
      `The stored baseline has no rounds of ${missing.join(', ')}. Measure it again with --update-baseline.`,
    );
}

/** Runs the whole suite, writes its results into `folder`, and keeps the baseline where that was asked for. */
export async function runGate(
  request: GateRequest,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<GateRecord> {
  const { suite, file, candidate, baseline, update, command } = request;
  const kept = baseline === undefined && update === undefined ? request.kept : undefined;
  const started = new Date();
  const k6 = await prepareK6(progress);
  const sides = [...(baseline === undefined ? [] : [['a', baseline] as const]), ['b', candidate] as const];
  const record = await withArms(sides, folder, progress, signal, async (arms) => {
    const entries: GateEntryResult[] = [];
    const rounds: Record<string, readonly Round[]> = {};
    const { inconclusive } = suite;
    for (const entry of suite.suite) {
      if (signal.aborted) break;
      const outcome = await runEntry(entry, { arms, kept, inconclusive, command, k6, folder, progress, signal });
      entries.push(outcome.result);
      if (outcome.rounds !== undefined) rounds[nameOf(entry)] = outcome.rounds;
    }
    const cases = stateOf(entries.flatMap((entry) => entry.cases));
    const state = signal.aborted && cases === 'pass' ? 'invalid' : cases;
    const target = armRecord(arms, 'b');
    const against = baseline === undefined ? kept && { ...kept.target, taken: kept.taken } : armRecord(arms, 'a');
    const result: GateRecord = {
      gate: GATE_VERSION,
      state,
      headline: gateHeadline(entries, signal.aborted),
      started: started.toISOString(),
      ended: new Date().toISOString(),
      command,
      suite: file,
      machine: thisMachine(),
      candidate: target,
      ...(against === undefined ? {} : { baseline: against }),
      entries,
    };
    if (update !== undefined && state === 'pass') {
      const fingerprint = fingerprintOf(result.machine);
      await writeBaseline(update, { taken: result.ended, fingerprint, target, entries: rounds });
      progress.say(`The baseline was stored in ${update}.`);
    }
    return result;
  });
  await writeGate(folder, record);
  return record;
}
