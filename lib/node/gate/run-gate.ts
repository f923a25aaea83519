import type { Round } from '../../core/comparison/compare-rounds.ts';
import { type GateSuite, isCompared, nameOf } from '../../core/gate/gate-suite.ts';
import { type GateEntryResult, gateHeadline, stateOf } from '../../core/gate/gate-verdict.ts';
import { UsageError } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import type { ArmRequest } from '../compare/arms.ts';
import { armRecord } from '../compare/compare-targets.ts';
import { withArms } from '../compare/with-arms.ts';
import { prepareK6 } from '../load/generators/prepare-k6.ts';
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
  /** File that the candidate's rounds are stored in as the baseline of later gates, instead of comparing them. */
  readonly update: string | undefined;
  /** No baseline exists: the candidate is measured as both sides, and its rounds become the first baseline. */
  readonly isFirst: boolean;
  readonly command: string;
}

/** @throws UsageError if the suite does not match the stored baseline, or has nothing to store */
export function checkGate({ suite: { suite }, file, kept, update }: GateRequest): void {
  const compared = suite.filter(isCompared);
  if (update !== undefined && compared.length === 0)
    throw new UsageError(
      `${file} compares nothing, so there is no baseline to store. Add "compare" to one of its entries.`,
    );
  if (kept === undefined) return;
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
  const { suite, file, candidate, kept, update, isFirst, command } = request;
  const baseline = isFirst ? candidate : request.baseline;
  const started = new Date();
  const k6 = await prepareK6(progress);
  if (isFirst)
    progress.say(
      `No baseline in ${update}: the candidate is compared with itself to measure noise, and becomes the first baseline.`,
    );
  const sides = [...(baseline === undefined ? [] : [['a', baseline] as const]), ['b', candidate] as const];
  const record = await withArms(sides, folder, progress, signal, async (arms) => {
    const entries: GateEntryResult[] = [];
    const rounds: Record<string, readonly Round[]> = {};
    const { inconclusive } = suite;
    for (const entry of suite.suite) {
      if (signal.aborted) break;
      const outcome = await runEntry(entry, {
        arms,
        kept,
        isFirst,
        inconclusive,
        command,
        k6,
        folder,
        progress,
        signal,
      });
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
    const isComplete = suite.suite.filter(isCompared).every((entry) => nameOf(entry) in rounds);
    if (update !== undefined && state === 'pass' && !isComplete)
      progress.say('No baseline was stored, because too many rounds were invalid. Measure again on an idle machine.');
    if (update !== undefined && state === 'pass' && isComplete) {
      const fingerprint = fingerprintOf(result.machine);
      await writeBaseline(update, { taken: result.ended, fingerprint, target, entries: rounds });
      progress.say(`The baseline was stored in ${update}.`);
    }
    return result;
  });
  await writeGate(folder, record);
  return record;
}
