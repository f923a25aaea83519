import * as v from 'valibot';
import { regionsOfNamespace } from '../../core/faults/region-keys.ts';
import { regionStarts } from '../cluster/pd.ts';
import { sql } from '../cluster/sql.ts';
import { signIn } from '../targets/http.ts';
import type { Target } from '../targets/target.ts';

const ROOT = v.object({ namespaces: v.array(v.object({ name: v.string(), id: v.number() })) });

/** In how many regions a run's data are. */
export class DataRegions {
  readonly #target: Pick<Target, 'nodes' | 'credentials' | 'pd'>;
  readonly #namespace: string;
  #number: number | undefined;

  constructor(target: Pick<Target, 'nodes' | 'credentials' | 'pd'>, namespace: string) {
    this.#target = target;
    this.#namespace = namespace;
  }

  /** While the namespace is there: asks for the number that its keys bear. Before SurrealDB 3 it has none. */
  async prepare(): Promise<void> {
    const { nodes, credentials, pd } = this.#target;
    const url = nodes[0]?.url;
    if (url === undefined || pd === undefined) return;
    const root = await sql({ url, token: await signIn(url, credentials) }, 'INFO FOR ROOT STRUCTURE;');
    const parsed = v.safeParse(ROOT, root);
    if (!parsed.success) return;
    this.#number = parsed.output.namespaces.find(({ name }) => name === this.#namespace)?.id;
  }

  /** Also after the namespace was removed: regions stay. @returns undefined where nobody can tell */
  async count(): Promise<number | undefined> {
    const { pd } = this.#target;
    if (pd === undefined || this.#number === undefined) return undefined;
    const starts = await regionStarts(pd).catch(() => undefined);
    return starts && regionsOfNamespace(starts, this.#number);
  }
}
