import { Failure } from '../cli/errors.ts';
import {
  addScheduler,
  mergeRegions,
  type Placement,
  type Region,
  removeScheduler,
  resignLeader,
  splitInHalf,
  transferLeader,
} from '../cluster/pd.ts';
import type { DataRegions } from './data-regions.ts';
import type { FaultAction, FaultActions, PreparedFault } from './fault-driver.ts';

const UNDONE = async (): Promise<number> => Date.now();

/** Faults of regions and schedulers, through PD's HTTP interface: on any cluster, its processes left alone. */
export class PdActions implements FaultActions {
  readonly servers: readonly string[];
  readonly otherwise = 'PD can move the leaders of stores: evict-leader:tikv-N.';
  readonly actions: FaultActions['actions'];
  readonly #pd: string;
  readonly #regions: DataRegions;

  /** @param pd base URL of a PD member */
  constructor(pd: string, { stores, members }: Placement, regions: DataRegions) {
    this.#pd = pd;
    this.#regions = regions;
    this.servers = stores.map((_, index) => `tikv-${index + 1}`);
    const several = stores.length > 1 ? undefined : 'there is one store, so that leaders have nowhere to go.';
    const ofRegions = (change: (regions: readonly Region[]) => Promise<void>): FaultAction => ({
      tiers: [],
      prepare: async () => this.#change(change),
    });
    this.actions = {
      'leader-transfer': {
        ...ofRegions(async (regions) => {
          await Promise.all(regions.map((region) => this.#transfer(region)));
        }),
        refusal: () => several,
      },
      'region-split': ofRegions(async (regions) => {
        // A region of one key cannot be split.
        const results = await Promise.allSettled(regions.map(({ id }) => splitInHalf(pd, id)));
        if (!results.some(({ status }) => status === 'fulfilled')) throw new Failure('PD split none of the regions.');
      }),
      'region-merge': ofRegions(async (regions) => {
        for (let index = 1; index < regions.length; index += 2)
          await mergeRegions(pd, regions[index - 1]?.id ?? 0, regions[index]?.id ?? 0);
      }),
      'leader-shuffle': {
        tiers: [],
        refusal: () => several,
        prepare: async () => this.#schedule({ name: 'shuffle-leader-scheduler' }, 'shuffle-leader-scheduler'),
      },
      'evict-leader': {
        tiers: ['tikv'],
        refusal: ({ who }) =>
          several ??
          (typeof who === 'object' && 'which' in who && who.which === 'leader' ? 'name the store: tikv-N.' : undefined),
        prepare: async (server) => {
          const id = stores[Number(server.split('-')[1]) - 1]?.id;
          return this.#schedule({ name: 'evict-leader-scheduler', store_id: id }, `evict-leader-scheduler-${id}`);
        },
      },
      'pd-leader-resign': {
        tiers: [],
        refusal: () => (members.length > 1 ? undefined : 'PD has one member, so that nobody could lead instead.'),
        prepare: async () => ({
          begin: async () => {
            await resignLeader(pd);
            return { began: Date.now(), undo: UNDONE };
          },
        }),
      },
    };
  }

  /** Changes the regions of the run's data, which stay as they are then. */
  #change(change: (regions: readonly Region[]) => Promise<void>): PreparedFault {
    return {
      begin: async () => {
        const regions = await this.#regions.own();
        if (regions.length === 0) throw new Failure("PD does not tell the regions of the run's data.");
        await change(regions);
        return { began: Date.now(), undo: UNDONE, notes: [`The run's data were in ${regions.length} regions.`] };
      },
    };
  }

  /** To the next of its stores. */
  async #transfer({ id, leader, peers }: Region): Promise<void> {
    const next = peers[(peers.indexOf(leader) + 1) % peers.length];
    if (next !== undefined && next !== leader) await transferLeader(this.#pd, id, next);
  }

  #schedule(scheduler: object, name: string): PreparedFault {
    const undo = { how: 'remove scheduler', pd: this.#pd, name } as const;
    return {
      undo,
      begin: async () => {
        await addScheduler(this.#pd, scheduler);
        return {
          began: Date.now(),
          undo: async () => {
            await removeScheduler(this.#pd, name);
            return Date.now();
          },
        };
      },
    };
  }
}
