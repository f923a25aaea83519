import type { GeneratorShare } from '../../core/generators.ts';
import { Section, Table } from './elements.tsx';

/** What each of several generators had of the load. */
export function Generators({ shares }: { shares: readonly GeneratorShare[] }) {
  if (shares.length === 0) return null;
  const all = shares.reduce((sum, { operations }) => sum + operations, 0);
  return (
    <Section
      title="Generators"
      note="The history is merged on the clock of the first. Checkers claim no order that the clocks leave open."
    >
      <Table
        caption="What each generator had of the load"
        head={['Generator', 'Operations', 'Share', 'Dropped', 'Cores, median', 'Clock known within', 'Ended']}
        rows={shares.map(({ generator, operations, dropped, cpu, uncertainty, death }) => [
          generator,
          operations,
          `${((100 * operations) / Math.max(1, all)).toFixed(1)} %`,
          dropped,
          cpu.toFixed(2),
          `± ${(uncertainty * 1000).toFixed(0)} µs`,
          death ?? 'well',
        ])}
      />
    </Section>
  );
}
