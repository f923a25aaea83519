import type { ErrorCounts, FaultEffects, ObservedFault } from '../../core/faults/effects.ts';
import { quantity } from '../../core/verdict/tables.ts';
import { Section, Table } from './elements.tsx';

/** Faults of the run and their effects on clients; the charts shade the same spans. */
export function Faults({ windows }: { windows: readonly ObservedFault[] }) {
  if (windows.length === 0) return null;
  const observed = windows.filter(({ effects }) => effects !== undefined);
  return (
    <Section title="Faults" note="Times are seconds on the clock of the charts.">
      <Table
        caption="Faults with their targets and times"
        head={['Fault', 'Target', 'Began', 'Undone', 'Ready again', 'Converged', 'Notes']}
        rows={windows.map(({ fault, who, began, healed, ready, converged, notes }) => [
          fault,
          who.join(', '),
          began === undefined ? 'never' : seconds(began),
          seconds(healed),
          seconds(ready),
          seconds(converged),
          <span class="says">{notes.join(' ')}</span>,
        ])}
      />
      {observed.length === 0 ? null : (
        <>
          <h3>Effects on clients</h3>
          <p class="note">Times from the moment when the fault took effect.</p>
          <Table
            caption="Effects of each fault on clients"
            head={[
              'Fault',
              'Errors',
              'First to last error',
              'First success',
              'p95 recovered',
              'Rate: before, lowest second',
              'Longest stall',
              'Slowest error',
            ]}
            rows={observed.flatMap(({ fault, effects }) => (effects === undefined ? [] : [[fault, ...cells(effects)]]))}
          />
        </>
      )}
    </Section>
  );
}

const seconds = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '–' : quantity(milliseconds / 1000, 's');

function cells({
  errors,
  errorWindow,
  firstSuccess,
  recovery,
  throughput,
  longestStall,
  timeToError,
}: FaultEffects): string[] {
  return [
    counts(errors),
    errorWindow === undefined ? '–' : `${seconds(errorWindow.first)} to ${seconds(errorWindow.last)}`,
    seconds(firstSuccess),
    seconds(recovery),
    throughput === undefined ? '–' : `${quantity(throughput.before, '/s')}, ${quantity(throughput.deepest, '/s')}`,
    seconds(longestStall?.duration),
    seconds(timeToError),
  ];
}

function counts(errors: ErrorCounts): string {
  const texts = Object.entries(errors).map(([group, count]) => `${count} ${group}`);
  return texts.length === 0 ? 'none' : texts.join(', ');
}
