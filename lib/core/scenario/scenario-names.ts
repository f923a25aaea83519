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

/** Scenarios of a composed load, and how many arrivals each gets in proportion to the others. */
export type Mix = Readonly<Partial<Record<PartName, number>>>;

/** The scenario that is made of others as its user likes. */
export const MIXED = 'mixed';
/** The scenario of what must outlive the processes that wrote it: records, entries of an index, balances. */
export const DURABILITY = 'durability';
export const COMPOSED_NAMES = [MIXED, DURABILITY] as const;
export type ComposedName = (typeof COMPOSED_NAMES)[number];
export type ScenarioName = PartName | ComposedName;

const OF_DURABILITY: Mix = { writes: 2, unique: 1, bank: 1 };

/** What a scenario is made of; undefined where it is made of itself. @param mix the setting */
export function mixOf(scenario: string, mix: Mix): Mix | undefined {
  if (scenario === DURABILITY) return OF_DURABILITY;
  return scenario === MIXED ? mix : undefined;
}
