/** What can make an anomaly visible. A scenario lists those that must happen in its runs; a run in which none did has tested little. */
export const SITUATIONS = {
  'several nodes': {},
  conflict: {},
  'retry that won': {},
  refusal: {},
  'overlap on one key': {},
  'prompt read on another node': {},
  'several regions': { underFaults: true },
  'operation in flight at a fault': { underFaults: true },
  'unknown applied': { underFaults: true },
  'unknown not applied': { underFaults: true },
  'leader change under a fault': { underFaults: true },
} as const satisfies Readonly<Record<string, Situation>>;

export type SituationName = keyof typeof SITUATIONS;

interface Situation {
  /** Only a fault can bring it about: in a run without faults it does not count. */
  readonly underFaults?: true;
}
