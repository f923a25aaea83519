import type { Credentials } from '../../core/access/node-user.ts';
import type { NodeDeath } from '../../core/verdict/node-deaths.ts';
import type { Progress } from '../cli/progress.ts';
import type { ServerDeath } from '../cluster/container-deaths.ts';
import type { StoreLinks } from '../faults/store-links.ts';
import type { Child } from '../process/child.ts';
import type { NodePrograms } from './node-programs.ts';
import type { NodeSettings } from './node-settings.ts';

export const TARGET_CHOICES = ['auto', 'compose', 'embedded', 'native', 'external'] as const;
export type TargetChoice = (typeof TARGET_CHOICES)[number];
export type TargetKind = Exclude<TargetChoice, 'auto'>;

export interface TargetNode {
  readonly name: string;
  readonly url: string;
  /** Milliseconds from its start until it was ready; absent where we did not start it. */
  readonly startUp?: number;
  /** Its process's number, where this machine can see it but we do not hold it. */
  readonly pid?: number;
  /** Its process, where we started it: another one after a restart. */
  readonly process?: Child;
  /** Starts its process again, where we started it and it has ended; it is not ready yet then. @param program its file, from now on */
  readonly restart?: (program?: string) => Promise<void>;
  /** When it ended by itself, where we started it. */
  readonly deaths?: readonly NodeDeath[];
  /** Its ways to PD and stores, where they lead through proxies of ours. */
  readonly links?: StoreLinks;
}

/** A cluster to be loaded. */
export interface Target {
  readonly kind: TargetKind;
  /** One line for people: what it is. */
  readonly description: string;
  /** What to know about results on it, and how to get a better one. */
  readonly notes: readonly string[];
  readonly nodes: readonly TargetNode[];
  readonly credentials: Credentials;
  /** As the node says it, e.g. `surrealdb-3.3.5`. */
  readonly version: string;
  /** Whether all nodes are one engine, so that nothing between nodes can go wrong. */
  readonly singleEngine: boolean;
  readonly hasGraphql: boolean;
  /** Whether the nodes keep the data in their own memory. */
  readonly dataInNodes: boolean;
  /** Base URL of a PD member; absent if there is none, or it cannot be reached from here. */
  readonly pd?: string;
  /** Base URL of the Prometheus that watches it, which then gets k6's metrics as well. */
  readonly prometheus?: string;
  /** Servers that ended by themselves since a time (milliseconds since 1970), beside the processes that we hold. */
  readonly deathsSince?: (time: number) => Promise<readonly ServerDeath[]>;
  /** Ends what we started; nothing for an external cluster. */
  stop(): Promise<void>;
}

/** What the user asked for. */
export interface TargetRequest {
  readonly choice: TargetChoice;
  readonly nodes: readonly string[] | undefined;
  readonly store: string | undefined;
  readonly nodeCount: number | undefined;
  /** First port; 0 takes any that are free. */
  readonly port: number | undefined;
  /** External: what flags say of the user, by variable. */
  readonly access?: Readonly<Record<string, string>>;
  /** External: base URL of a PD member, for faults by PD. */
  readonly pd?: string | undefined;
  /** Environment of the nodes that the run starts itself, such as SURREAL_TIKV_ASYNC_COMMIT. */
  readonly nodeSettings?: NodeSettings;
  /** By the name of their node. Native: files of programs, instead of the one that was found; compose: images. */
  readonly nodePrograms?: NodePrograms;
  /** Native: whether each node's links to a shared store lead through proxies, for faults on them. */
  readonly throughProxies?: boolean;
}

/** What a target needs to come up. */
export interface StartContext {
  readonly progress: Progress;
  /** Folder for the nodes' logs. */
  readonly logs: string;
  readonly signal: AbortSignal;
  /** Credentials and programs of this target, where they are not those of the process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}
