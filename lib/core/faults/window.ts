import * as v from 'valibot';
import { FAULT_KIND_NAMES } from './fault-kinds.ts';

/** Raised when a field's meaning changes. */
export const FAULTS_VERSION = 1;

const milliseconds = v.pipe(v.number(), v.finite());

const windowSchema = v.looseObject({
  /** As it was written. */
  fault: v.string(),
  kind: v.picklist(FAULT_KIND_NAMES),
  /** Its servers, by name; of a command its name. Empty if it never began. */
  who: v.array(v.string()),
  planned: v.object({ start: milliseconds, end: milliseconds }),
  /** When it took effect; absent where it did not. */
  began: v.optional(milliseconds),
  /** When it was undone: started again, continued, connected. Absent where it never began. */
  healed: v.optional(milliseconds),
  /** When every one of its servers was ready again; absent where that was not seen. */
  ready: v.optional(milliseconds),
  /** When every node gave the same answer to the same read again; absent where that was not seen. */
  converged: v.optional(milliseconds),
  /** What else is to be known, each in a sentence. */
  notes: v.array(v.string()),
});

const faultsSchema = v.looseObject({
  faults: v.literal(FAULTS_VERSION),
  windows: v.array(windowSchema),
  regions: v.optional(v.number()),
  leaderChanges: v.optional(v.number()),
});

/**
 * What was done to the cluster, and when. All times are milliseconds on the clock of the history (k6's test clock, whose zero
 * is `began` of the history's header); faults are planned from the beginning of the measured part, and told here on that clock.
 */
export type FaultWindow = v.InferOutput<typeof windowSchema>;

/** results/RUN/faults.json. */
export interface FaultsFile<Window extends FaultWindow = FaultWindow> {
  readonly faults: typeof FAULTS_VERSION;
  readonly windows: readonly Window[];
  /** In how many regions of TiKV the run's data were at the end; absent where that is not known. */
  readonly regions?: number | undefined;
  /** How many of them had another leader after a fault than before the first; absent where that is not known. */
  readonly leaderChanges?: number | undefined;
}

/** Thrown where a file is not a faults.json that this version reads. */
export class FaultsFileError extends Error {}

/** @throws FaultsFileError naming the file and what is wrong in it */
export function parseFaultsFile(file: string, content: unknown): FaultsFile {
  const result = v.safeParse(faultsSchema, content);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'content'}: ${issue.message}`);
  throw new FaultsFileError(`${file} is not a record of faults that this version reads: ${problems.join('; ')}`);
}
