import fc from 'fast-check';
import { withinClockBounds } from '../../lib/core/history/clock-cost.ts';
import type { Operation } from '../../lib/core/history/history.ts';

/** How wrong the clock of one generator is, and how wrong it is known to be at most. */
interface Wrong {
  readonly error: number;
  readonly uncertainty: number;
}

/** Clocks of three generators, of which the first is right by definition. @param most of the uncertainty */
export function wrongClocks(most: number): fc.Arbitrary<readonly Wrong[]> {
  const wrong = fc
    .record({
      uncertainty: fc.double({ min: 0, max: most, noNaN: true }),
      share: fc.double({ min: -1, max: 1, noNaN: true }),
    })
    .map(({ uncertainty, share }): Wrong => ({ error: share * uncertainty, uncertainty }));
  return fc.tuple(fc.constant({ error: 0, uncertainty: 0 }), wrong, wrong);
}

/** The generator by whose clock a history is checked. */
export const anyClock = fc.integer({ min: 1, max: 3 });

/**
 * A history as several generators record it, whose processes take turns and whose clocks are wrong; merged, and as checkers get
 * it by the clock of one.
 */
export function throughWrongClocks(
  operations: readonly Operation[],
  clocks: readonly Wrong[],
  reference: number,
): Operation[] {
  const merged = operations.map((operation): Operation => {
    const generator = 1 + (operation.process % clocks.length);
    const { error = 0 } = clocks[generator - 1] ?? {};
    const { start, end } = operation;
    return { ...operation, generator, start: start + error, ...(end === undefined ? {} : { end: end + error }) };
  });
  merged.sort((a, b) => (a.end ?? a.start) - (b.end ?? b.start));
  const header = {
    history: 1,
    scenario: 'any',
    seed: 1,
    nodes: [],
    generators: clocks.map(({ uncertainty }) => ({ offset: 0, uncertainty })),
  } as const;
  return [...withinClockBounds({ header, operations: merged, damaged: 0 }, reference).operations];
}
