import table from 'text-table';
import { statisticOf } from './measurements.ts';
import { quantity } from './tables.ts';

/** What one process used, over a run or at one moment. */
export interface UsageSummary {
  readonly name: string;
  /** Milliseconds from its start until it was ready, where that is known. */
  readonly startUp?: number;
  /** Cores. */
  readonly cpu?: { readonly med: number; readonly max: number };
  /** Resident memory in bytes. */
  readonly memory?: { readonly p95: number; readonly max: number };
}

export function summariseUsage(
  name: string,
  samples: readonly { readonly cpu: number; readonly memory: number }[],
  startUp?: number,
): UsageSummary {
  const cpu = samples.map((sample) => sample.cpu);
  const memory = samples.map((sample) => sample.memory);
  return {
    name,
    ...(startUp === undefined ? {} : { startUp }),
    ...(samples.length === 0
      ? {}
      : {
          cpu: { med: statisticOf(cpu, 'med'), max: statisticOf(cpu, 'max') },
          memory: { p95: statisticOf(memory, 'p(95)'), max: statisticOf(memory, 'max') },
        }),
  };
}

/** Start-up, memory and CPU of nodes and generator, a line each. */
export function usageTable(processes: readonly UsageSummary[]): string {
  if (processes.length === 0) return '';
  const rows = processes.map(({ name, startUp, cpu, memory }) => [
    name,
    startUp === undefined ? '' : quantity(startUp / 1000, 's'),
    memory === undefined ? '' : megabytes(memory.p95),
    memory === undefined ? '' : megabytes(memory.max),
    cpu === undefined ? '' : cpu.med.toFixed(2),
    cpu === undefined ? '' : cpu.max.toFixed(2),
  ]);
  const header = ['', 'start-up', 'memory p95', 'max', 'cores med', 'max'];
  return table([header, ...rows], { align: ['l', 'r', 'r', 'r', 'r', 'r'] });
}

/** Memory in MB of a million bytes, as PR-004 counts. */
export const megabytes = (bytes: number): string => quantity(Math.round(bytes / 1e6), 'MB');
