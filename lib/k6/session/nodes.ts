import { settings } from '../setup/environment.ts';

/** One SurrealDB server of the cluster. */
export interface Node {
  readonly name: string;
  readonly url: string;
}

export const nodes: readonly Node[] = settings.nodes.map((url, index) => ({ name: `surreal-${index + 1}`, url }));
