import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';

/** What a run's figures depend on. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  /** Bytes. */
  readonly memory: number;
  readonly system: string;
  readonly node: string;
}

export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memory: totalmem(),
    system: `${platform()} ${release()}`,
    node: process.version,
  };
}

/** What tells machines of different speed apart, for figures that are kept and compared later. */
export interface Fingerprint {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly platform: string;
}

export function fingerprintOf({ cores, cpu, memory }: Machine): Fingerprint {
  return { cores, cpu, memoryGb: Math.round(memory / 1e9), platform: `${platform()} ${arch()}` };
}

/** The properties in which two machines differ, in words; empty where they are alike. */
export function differences(one: Fingerprint, other: Fingerprint): string[] {
  return (Object.keys(one) as (keyof Fingerprint)[])
    .filter((name) => one[name] !== other[name])
    .map((name) => `${name} ${one[name]}, here ${other[name]}`);
}
