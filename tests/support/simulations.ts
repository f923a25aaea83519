import fc from 'fast-check';
import type { Level } from './database.ts';
import type { Simulation } from './simulation.ts';

/** Simulations of every size and luck at one isolation level. */
export function simulations(level: Level, most = 150): fc.Arbitrary<Simulation> {
  return fc.record({
    level: fc.constant(level),
    seed: fc.integer(),
    processes: fc.integer({ min: 1, max: 8 }),
    operations: fc.integer({ min: 1, max: most }),
    refused: fc.constantFrom(0, 0.1),
    conflict: fc.constantFrom(0, 0.1),
    unknown: fc.constantFrom(0, 0.1, 0.4),
  });
}

/** How many runs a property gets: `PROPERTY_RUNS=5000` for a thorough search. */
export const RUNS = { numRuns: Number(process.env.PROPERTY_RUNS ?? 200) };
