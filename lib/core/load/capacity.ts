import { PATIENCE } from './load-plan.ts';

/** What it costs to send and record requests by one protocol: measured by `npm run bench -- capacity`. */
export interface RequestCost {
  /** Microseconds of k6's CPU. */
  readonly generatorCpu: number;
  /** Microseconds of the server's CPU, its store in memory. */
  readonly serverCpu: number;
  /** Bytes on the wire, both ways together, without TCP and IP. */
  readonly wire: number;
  /** Bytes of a line of history as k6 writes it, and as it is kept. */
  readonly history: number;
  readonly compressed: number;
}

/** What k6 takes beside requests. */
export interface GeneratorMemory {
  /** Bytes of a process without users, and of each user. */
  readonly base: number;
  readonly user: number;
}

/** A machine that generators run on. */
export interface GeneratorMachine {
  readonly cores: number;
}

/** What a rate takes. */
export interface CapacityNeed {
  readonly cores: number;
  readonly generators: number;
  /** Virtual users in all, and bytes of memory for each generator. */
  readonly users: number;
  readonly memory: number;
  /** Bits a second between all generators and nodes. */
  readonly network: number;
  /** Bytes that all generators write in a minute, and that are kept of them. */
  readonly historyPerMinute: number;
  readonly keptPerMinute: number;
  /** Cores that SurrealDB takes at the least: what the store takes comes on top. */
  readonly serverCores: number;
  /** Timestamps that PD hands out in a second. */
  readonly timestamps: number;
}

/** Of its cores a generator should use: above it, latency is its own as much as the target's (VAL-003). */
export const HEADROOM = 0.8;
/** A transaction that writes takes one at its start and one when it commits; one that only reads takes the first. */
const TIMESTAMPS_OF_WRITE = 2;

/** What it takes to send `rate` requests a second. Linear: nothing is shared between generators. */
export function capacityFor(
  rate: number,
  cost: RequestCost,
  { base, user }: GeneratorMemory,
  machine: GeneratorMachine,
): CapacityNeed {
  const cores = (rate * cost.generatorCpu) / 1e6 / HEADROOM;
  const generators = Math.max(1, Math.ceil(cores / machine.cores));
  // By Little's law, as a load plan does it.
  const users = Math.ceil(rate * PATIENCE);
  return {
    cores,
    generators,
    users,
    memory: base + (users / generators) * user,
    network: rate * cost.wire * 8,
    historyPerMinute: rate * 60 * cost.history,
    keptPerMinute: rate * 60 * cost.compressed,
    serverCores: (rate * cost.serverCpu) / 1e6,
    timestamps: rate * TIMESTAMPS_OF_WRITE,
  };
}

/** Memory by two measurements: a line through them. @throws Error where both are of as many users */
export function memoryOf(
  few: { users: number; bytes: number },
  many: { users: number; bytes: number },
): GeneratorMemory {
  if (few.users === many.users) throw new Error('memory per user takes two different numbers of users');
  const user = (many.bytes - few.bytes) / (many.users - few.users);
  return { user, base: few.bytes - few.users * user };
}
