/** What can make an anomaly visible. A scenario lists those that must happen in its runs; a run in which none did has tested little. */
export const SITUATIONS = {
  'several nodes': {},
  conflict: {},
  'retry that won': {},
  refusal: {},
  'overlap on one key': {},
  'prompt read on another node': {},
  'expired position': {},
  'several regions': { underFaults: true },
  'operation in flight at a fault': { underFaults: true },
  'unknown applied': { underFaults: true },
  'unknown not applied': { underFaults: true },
  'leader change under a fault': { underFaults: true },
} as const satisfies Readonly<Record<string, Situation>>;

export type SituationName = keyof typeof SITUATIONS;

/** Of every load on a cluster. */
export const ON_A_CLUSTER = [
  'several nodes',
  'operation in flight at a fault',
  'leader change under a fault',
] as const satisfies readonly SituationName[];
/** Of transactions that meet each other. */
export const OF_CONTENTION = [
  'conflict',
  'retry that won',
  'overlap on one key',
] as const satisfies readonly SituationName[];
/** Of writes without an answer that are looked for in the end. */
export const OF_UNKNOWN_WRITES = ['unknown applied', 'unknown not applied'] as const satisfies readonly SituationName[];

interface Situation {
  /** Only a fault can bring it about: in a run without faults it does not count. */
  readonly underFaults?: true;
}
