import type { Fault } from '../../core/faults/fault-grammar.ts';
import type { FaultKindName, FaultOptions, Tier } from '../../core/faults/fault-kinds.ts';
import type { Undo } from './undo.ts';

/** A fault in effect on one server. Times are milliseconds since 1970. */
export interface ActiveFault {
  /** When it took effect. */
  readonly began: number;
  /** Remarks for the record, each a sentence. */
  readonly notes?: readonly string[];
  /** @returns when undoing it took effect */
  undo(): Promise<number>;
}

/** A fault that is ready to begin on one server. */
export interface PreparedFault {
  /** What undoes it after this process was killed; absent if it ends with this process. */
  readonly undo?: Undo;
  /** Resolves when the signal is sent or the command has returned: a stopped container has ended by then, a native process may not have. @throws Failure */
  begin(): Promise<ActiveFault>;
}

/** One kind of fault, as a driver does it to one server. */
export interface FaultAction {
  /** The servers it works on; of a kind without servers, none. */
  readonly tiers: readonly Tier[];
  /** @returns why it cannot do this fault, in a sentence */
  readonly refusal?: (fault: Fault) => string | undefined;
  readonly prepare: (server: string, options: FaultOptions) => Promise<PreparedFault>;
}

/** What can be done to which servers. */
export interface FaultActions {
  readonly servers: readonly string[];
  readonly actions: Readonly<Partial<Record<FaultKindName, FaultAction>>>;
  /** Why all else is impossible, and which target can do it. */
  readonly otherwise: string;
}

/** How faults are done to the servers of a target. */
export interface FaultDriver extends FaultActions {
  /** The server that leads: of PD, or the store that leads most regions. @throws Failure if that is not known */
  leader(tier: Tier): Promise<string>;
  /** Whether a store or PD member is ready; nodes are asked directly. */
  isReady(server: string): Promise<boolean>;
}
