import type { SituationName } from '../coverage/situations.ts';
import type { Protocol } from '../protocols/protocols.ts';

/**
 * What a scenario says of itself, as data: whatever lists scenarios (help, settings, checkers, the drill, composed loads) is
 * derived from it. It stands in scenarios/NAME.ts.
 */
export interface ScenarioDefinition {
  readonly name: string;
  /** Protocols that can express its operations. A scenario without `sql` is about its own protocol: --protocol does not apply. */
  readonly protocols: readonly Protocol[];
  /** Names of the checkers that judge its history (lib/core/checkers). */
  readonly checkers: readonly string[];
  /** Names of the settings that apply to it, beside those that apply to every scenario. */
  readonly settings?: readonly string[];
  /** What its load can be checked against by --expect; absent if there is nothing to choose. */
  readonly expects?: Expectations;
  /** Its iterations choose their nodes: --routing does not apply. */
  readonly choosesNodes?: true;
  /** Its share in composed scenarios with fixed parts, by their names: `{ durability: 2 }`. */
  readonly shares?: Readonly<Record<string, number>>;
  /** Its tables before which regions are split ahead of the load, on a store that can, so that its transactions span regions. */
  readonly splitBefore?: readonly string[];
  /** What must happen in its runs for an anomaly to show; the verdict says what did not. */
  readonly situations?: readonly SituationName[];
  /** The standard drill runs each of its exercises under this scenario. */
  readonly drill?: true;
  /** It needs live queries, which the embedded engine does not serve. */
  readonly needsLiveQueries?: true;
  /** The soak without faults runs it. */
  readonly soak?: true;
  /** It has VUs of its own beside the iterations, so it cannot be a part of a composed scenario. */
  readonly alone?: true;
}

/** What --expect takes for a scenario. */
export interface Expectations {
  readonly values: readonly string[];
  /** Without --expect. */
  readonly usual: string;
}

/** A scenario that consists of others, each in a database of its own: those with a share in it, or those of --mix. */
export interface ComposedDefinition {
  readonly name: string;
  readonly composed: true;
  readonly settings?: readonly string[];
  /** Every process of the target is stopped and started during the load, unless faults are given. */
  readonly restartsEverything?: true;
}

export type AnyDefinition = ScenarioDefinition | ComposedDefinition;

export const isComposed = (definition: AnyDefinition): definition is ComposedDefinition => 'composed' in definition;

/** Whether a scenario that is not composed can be sent by a protocol. */
export const speaks =
  (protocol: Protocol) =>
  (definition: AnyDefinition): boolean =>
    !isComposed(definition) && definition.protocols.includes(protocol);

/** Whether --protocol applies to a scenario. */
export const takesProtocol = speaks('sql');
