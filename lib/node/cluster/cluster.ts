import type { Credentials } from '../../core/access/node-user.ts';
import type { Progress } from '../cli/progress.ts';
import type { ServerDeath } from './container-deaths.ts';

export const CLUSTER_KINDS = ['compose', 'native'] as const;
export type ClusterKind = (typeof CLUSTER_KINDS)[number];

export interface ClusterNode {
  readonly name: string;
  /** Base URL; empty where it is down, so that nobody knows its port. */
  readonly url: string;
  /** Why it is known to be down, without asking it. */
  readonly down?: string;
  /** Milliseconds from its start until it was ready, where we saw it start. */
  readonly startUp?: number;
  /** Where it is a process that this machine can see. */
  readonly pid?: number;
}

/** A cluster of ours that outlives the command that brought it up. */
export interface Cluster {
  readonly kind: ClusterKind;
  /** One line for people. */
  readonly description: string;
  readonly nodes: readonly ClusterNode[];
  /** Base URL of a PD member; undefined if none can be reached from here. */
  readonly pd: string | undefined;
  /** What is wrong beside the nodes, each in a sentence: containers of PD or TiKV that are down. */
  readonly problems: readonly string[];
  /** Base URL of the Prometheus that watches it. */
  readonly prometheus?: string;
  readonly credentials: Credentials;
  /** Servers that ended by themselves since a time (milliseconds since 1970), where that can be known. */
  readonly deathsSince?: (time: number) => Promise<readonly ServerDeath[]>;
}

/** What bringing a cluster up needs. */
export interface UpContext {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}
