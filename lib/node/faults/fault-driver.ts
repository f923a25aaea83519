import type { Direction, Fault, Tier } from '../../core/faults/fault-grammar.ts';
import type { Cure } from './undo.ts';

/** How a server can be taken away. */
export type Way = 'kill' | 'stop' | 'pause';

/** What becomes of the packets on a link. */
export interface LinkState {
  readonly direction: Direction;
  /** Nothing gets through. */
  readonly cut: boolean;
  /** Milliseconds. */
  readonly latency: number;
  readonly jitter: number;
  /** Share from 0 to 1. */
  readonly loss: number;
}

/** A fault that is in effect on one server. Times are of the wall clock, milliseconds since 1970. */
export interface Disturbance {
  /** When it took effect. */
  readonly began: number;
  /** What is to be known of it, each in a sentence. */
  readonly notes?: readonly string[];
  /** Undoes it. @returns when that took effect */
  heal(): Promise<number>;
}

/** Something that is about to be done to one server. */
export interface Act {
  /** What undoes it after this process was killed; absent where it ends with this process. */
  readonly cure?: Cure;
  /** Does it. @throws Failure */
  begin(): Promise<Disturbance>;
}

/** What can be done to the servers of a target, and how. */
export interface FaultMeans {
  /** All servers that it can tell, by name. */
  readonly servers: readonly string[];
  /** Why it cannot do a fault, and who can, in a sentence; undefined where it can. */
  refusal(fault: Fault): string | undefined;
  /** The server that leads: of PD, or the store that leads most regions. @throws Failure where nobody can tell */
  leader(tier: Tier): Promise<string>;
  take(server: string, way: Way): Promise<Act>;
  /** Disturbs the way between a server and the stores; of a store or PD member, between it and all others. */
  disturb(server: string, link: LinkState): Promise<Act>;
  /** Waits until a server says that it is ready. @throws the signal's reason */
  untilReady(server: string, signal: AbortSignal): Promise<void>;
}
