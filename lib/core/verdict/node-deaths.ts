import type { Finding } from './run-verdict.ts';

/** A server that ended and was not asked to. */
export interface NodeDeath {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly code: number | null;
  /** As SIGKILL. */
  readonly signal: string | null;
  /** The end of its log. */
  readonly log: string;
}

export interface NamedDeath extends NodeDeath {
  /** `surreal-2`; of the embedded engine all its ports at once. */
  readonly name: string;
  /** Resident bytes by milliseconds since 1970, in their order. */
  readonly memory: readonly (readonly [at: number, bytes: number])[];
}

const MEGABYTE = 1e6;

/** Names who ended, when and how, before what clients saw of it. @param began milliseconds since 1970 at the beginning of the load */
export function deathFindings(deaths: readonly NamedDeath[], began: number): Finding[] {
  return deaths
    .toSorted((a, b) => a.at - b.at)
    .map((death) => ({
      kind: 'termination',
      message: `${death.name} ended by itself ${((death.at - began) / 1000).toFixed(1)} s after the start of the load, by ${howOf(death)}${memoryText(death)}. Requests that needed it failed.`,
      detail: `The end of its log:\n${death.log}`,
    }));
}

/** Rust ends a process by SIGABRT after a failed allocation, and with code 101 after a panic of its main thread. */
function howOf({ code, signal }: NodeDeath): string {
  if (signal === 'SIGKILL') return 'SIGKILL, which the kernel sends when memory runs out (see dmesg)';
  if (signal === 'SIGABRT') return 'SIGABRT, as after a panic or a failed allocation';
  if (signal !== null) return signal;
  return code === 101 ? 'exit code 101, as after a panic' : `exit code ${code}`;
}

function memoryText({ at, memory }: NamedDeath): string {
  const before = memory.filter(([time]) => time <= at);
  const [first, last] = [before[0], before.at(-1)];
  if (first === undefined || last === undefined) return '';
  return `; memory ${Math.round(last[1] / MEGABYTE)} MB before, ${Math.round(first[1] / MEGABYTE)} MB at first`;
}
