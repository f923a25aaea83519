import { type ClockCost, clockCostText, uncertaintyText } from '../../core/history/clock-cost.ts';
import type { GeneratorShare } from '../../core/load/generator-share.ts';
import { Section, Table } from './elements.tsx';

/** Share of each generator in the load. */
export function Generators({ shares, clocks }: { shares: readonly GeneratorShare[]; clocks: ClockCost | undefined }) {
  if (shares.length === 0) return null;
  const all = shares.reduce((sum, { operations }) => sum + operations, 0);
  return (
    <Section
      title="Generators"
      note={`The merged history uses the clock of generator 1. ${clocks === undefined ? '' : clockCostText(clocks)}`}
    >
      <Table
        caption="Share of each generator in the load"
        head={[
          'Generator',
          'Operations',
          'Share',
          'Dropped',
          'CPU cores (median)',
          'CPU headroom (cores)',
          'Clock uncertainty',
          'End',
        ]}
        rows={shares.map(({ generator, operations, dropped, cpu, spare, uncertainty, death }) => [
          generator,
          operations,
          `${((100 * operations) / Math.max(1, all)).toFixed(1)} %`,
          dropped,
          cpu?.toFixed(2) ?? '–',
          spare?.toFixed(2) ?? '–',
          uncertaintyText(uncertainty),
          death ?? 'complete',
        ])}
      />
    </Section>
  );
}
