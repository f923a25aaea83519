import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { holdsKey, ownRegions, regionsOfNamespace, tableKey } from '../../core/faults/region-keys.ts';
import { type Region, regionsOf, splitRegion } from '../cluster/pd.ts';
import { sql } from '../cluster/sql.ts';
import { signIn } from '../targets/http.ts';
import type { Target } from '../targets/target.ts';

const NUMBERED = v.array(v.object({ name: v.string(), id: v.number() }));
const ROOT = v.object({ namespaces: NUMBERED });
const NAMESPACE = v.object({ databases: NUMBERED });

const SPLIT_LIMIT_MS = 10_000;
const SPLIT_POLL_MS = 100;

/** The regions of TiKV that hold a run's data. */
export class DataRegions {
  readonly #target: Pick<Target, 'nodes' | 'credentials' | 'pd'>;
  readonly #namespace: string;
  #number: number | undefined;
  #databases: readonly number[] = [];
  /** Store that led each region, by the region's id, when it was first looked at. */
  readonly #leaders = new Map<number, number>();
  readonly #changed = new Set<number>();

  constructor(target: Pick<Target, 'nodes' | 'credentials' | 'pd'>, namespace: string) {
    this.#target = target;
    this.#namespace = namespace;
  }

  /**
   * Asks for the numbers in its keys, while the namespace is there. Before SurrealDB 3 it has none, and in a namespace that is
   * given the regions are not the run's alone.
   */
  async prepare(): Promise<void> {
    const { nodes, credentials, pd } = this.#target;
    const url = nodes[0]?.url;
    if (url === undefined || pd === undefined || credentials.namespace !== undefined) return;
    const session = { url, token: await signIn(url, credentials) };
    const root = v.safeParse(ROOT, await sql(session, 'INFO FOR ROOT STRUCTURE;'));
    if (!root.success) return;
    this.#number = root.output.namespaces.find(({ name }) => name === this.#namespace)?.id;
    const own = v.safeParse(NAMESPACE, await sql(session, `USE NS ${this.#namespace}; INFO FOR NS STRUCTURE;`));
    if (own.success) this.#databases = own.output.databases.map(({ id }) => id);
  }

  /**
   * Splits regions before tables, so that each of them begins a region. Nothing happens if there is no PD to ask.
   * @throws Failure if PD refuses
   */
  async splitBefore(tables: readonly string[]): Promise<void> {
    const { pd } = this.#target;
    const number = this.#number;
    if (pd === undefined || number === undefined) return;
    const keys = this.#databases.flatMap((database) => tables.map((table) => tableKey(number, database, table)));
    for (const deadline = Date.now() + SPLIT_LIMIT_MS; ; await sleep(SPLIT_POLL_MS)) {
      const regions = await regionsOf(pd);
      const missing = keys.filter((key) => !regions.some(({ start }) => start.toUpperCase() === key));
      if (missing.length === 0 || Date.now() > deadline) return;
      for (const region of regions) {
        const within = missing.filter((key) => holdsKey(region, key));
        if (within.length > 0) await splitRegion(pd, region.id, within);
      }
    }
  }

  /** Those of the run's namespace, as ownRegions has them. @throws Failure */
  async own(): Promise<Region[]> {
    const { pd } = this.#target;
    const number = this.#number;
    return pd === undefined || number === undefined ? [] : ownRegions(await regionsOf(pd), number);
  }

  /** Looks who leads the run's regions, and remembers those that have another leader than at first. Nothing happens if PD does not answer. */
  async noteLeaders(): Promise<void> {
    for (const { id, leader } of await this.own().catch(() => [])) {
      if (leader === 0) continue;
      const first = this.#leaders.get(id) ?? leader;
      this.#leaders.set(id, first);
      if (first !== leader) this.#changed.add(id);
    }
  }

  /** How many regions had another leader at some look than at first; undefined if that is not known. */
  get leaderChanges(): number | undefined {
    return this.#leaders.size === 0 ? undefined : this.#changed.size;
  }

  /** Also after the namespace was removed: regions stay. @returns undefined if that is not known */
  async count(): Promise<number | undefined> {
    const { pd } = this.#target;
    if (pd === undefined || this.#number === undefined) return undefined;
    const regions = await regionsOf(pd).catch(() => undefined);
    return (
      regions &&
      regionsOfNamespace(
        regions.map(({ start }) => start),
        this.#number,
      )
    );
  }
}
