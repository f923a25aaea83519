/** Scenarios that run alone or take part in `mixed`: those of scenarios/NAME.ts, as a unit test compares. */
export const PART_NAMES = [
  'append',
  'bank',
  'blog',
  'counter',
  'crud',
  'graphql',
  'read-after-write',
  'register',
  'rest',
  'session',
  'set',
  'unique',
  'writes',
  'ycsb',
] as const;
export type PartName = (typeof PART_NAMES)[number];

/** The scenario that is made of others. */
export const MIXED = 'mixed';
export type ScenarioName = PartName | typeof MIXED;
