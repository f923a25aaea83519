import * as v from 'valibot';
import { given } from '../../core/given.ts';
import { fetchNode } from '../access/http-client.ts';
import { causeOf, Failure } from '../cli/errors.ts';

const ANSWER_LIMIT_MS = 5000;

const HEALTH = v.array(
  v.object({ name: v.string(), health: v.boolean(), client_urls: v.nullish(v.array(v.string())) }),
);
const MEMBERS = v.object({ leader: v.nullish(v.object({ name: v.optional(v.string()) })) });
const STORES = v.object({
  stores: v.array(
    v.object({
      store: v.object({
        id: v.number(),
        address: v.string(),
        status_address: v.optional(v.string()),
        state_name: v.string(),
      }),
      status: v.object({
        start_ts: v.optional(v.string()),
        leader_count: v.optional(v.number(), 0),
        region_count: v.optional(v.number(), 0),
      }),
    }),
  ),
});
const REGIONS = v.object({ count: v.number() });
const REGION_BOUNDS = v.object({
  regions: v.array(
    v.object({
      id: v.number(),
      start_key: v.string(),
      end_key: v.optional(v.string(), ''),
      leader: v.nullish(v.object({ store_id: v.optional(v.number(), 0) })),
      peers: v.nullish(v.array(v.object({ store_id: v.number() }))),
    }),
  ),
});

export interface Member {
  readonly name: string;
  readonly url: string;
  readonly healthy: boolean;
  readonly leader: boolean;
}

export interface Store {
  readonly id: number;
  readonly address: string;
  /** `HOST:PORT` of its status server with /metrics, if it has one. */
  readonly statusAddress?: string;
  /** In PD's words: Up, Disconnected, Down, Offline, Tombstone. */
  readonly state: string;
  readonly leaders: number;
  readonly regions: number;
  /** Milliseconds since 1970; absent if PD does not say. */
  readonly started?: number;
}

/** What PD knows of the cluster. */
export interface Placement {
  readonly members: readonly Member[];
  readonly stores: readonly Store[];
  readonly regions: number;
}

/** Base URL of the PD that `tikv://HOST:PORT` names. */
export const pdOfStore = (store: string): string => store.replace(/^tikv:/, 'http:').replace(/\/$/, '');

/** @throws Failure naming the PD and the cause */
export async function placement(pd: string): Promise<Placement> {
  const [health, { leader }, { stores }, { count }] = await Promise.all([
    ask(pd, 'health', HEALTH),
    ask(pd, 'members', MEMBERS),
    ask(pd, 'stores', STORES),
    ask(pd, 'regions', REGIONS),
  ]);
  return {
    members: health.map(({ name, health: healthy, client_urls: urls }) => ({
      name,
      healthy,
      url: urls?.[0] ?? '',
      leader: name === leader?.name,
    })),
    stores: stores
      .map(({ store, status }) => ({
        id: store.id,
        address: store.address,
        ...given('statusAddress', store.status_address || undefined),
        state: store.state_name,
        leaders: status.leader_count,
        regions: status.region_count,
        ...given('started', status.start_ts === undefined ? undefined : Date.parse(status.start_ts)),
      }))
      .sort((a, b) => a.address.localeCompare(b.address, 'en')),
    regions: count,
  };
}

/** Keys are in hexadecimal digits and as TiKV encodes them; empty at both ends of the key space. */
export interface Region {
  readonly id: number;
  readonly start: string;
  /** The first key after it. */
  readonly end: string;
  /** Ids of stores; 0 if it has no leader. */
  readonly leader: number;
  readonly peers: readonly number[];
}

/** @throws Failure */
export async function regionsOf(pd: string): Promise<Region[]> {
  const { regions } = await ask(pd, 'regions', REGION_BOUNDS);
  return regions.map(({ id, start_key: start, end_key: end, leader, peers }) => ({
    id,
    start,
    end,
    leader: leader?.store_id ?? 0,
    peers: (peers ?? []).map(({ store_id: store }) => store),
  }));
}

/** Asks PD to split a region at keys within it; it does so soon after. @throws Failure */
export const splitRegion = (pd: string, region: number, keys: readonly string[]): Promise<void> =>
  send(pd, 'POST', 'operators', { name: 'split-region', region_id: region, policy: 'usekey', keys });

/** @throws Failure, as of a region of one key */
export const splitInHalf = (pd: string, region: number): Promise<void> =>
  send(pd, 'POST', 'operators', { name: 'split-region', region_id: region, policy: 'approximate' });

/** Lets PD spread leaders over stores that differ by one only; by default small regions do not count. @throws Failure */
export const spreadLeaders = (pd: string): Promise<void> => send(pd, 'POST', 'config', { 'tolerant-size-ratio': 1 });

/** @throws Failure if they are not neighbours */
export const mergeRegions = (pd: string, source: number, target: number): Promise<void> =>
  send(pd, 'POST', 'operators', { name: 'merge-region', source_region_id: source, target_region_id: target });

/** @throws Failure */
export const transferLeader = (pd: string, region: number, store: number): Promise<void> =>
  send(pd, 'POST', 'operators', { name: 'transfer-leader', region_id: region, to_store_id: store });

/** @throws Failure */
export const resignLeader = (pd: string): Promise<void> => send(pd, 'POST', 'leader/resign');

/** @param scheduler its name, and what belongs to it @throws Failure */
export const addScheduler = (pd: string, scheduler: object): Promise<void> => send(pd, 'POST', 'schedulers', scheduler);

/** Also if it is not there any more. @throws Failure */
export const removeScheduler = (pd: string, name: string): Promise<void> =>
  send(pd, 'DELETE', `schedulers/${name}`).catch((error: Error) => {
    if (!error.message.includes('HTTP 404')) throw error;
  });

async function send(pd: string, method: 'POST' | 'DELETE', what: string, body?: object): Promise<void> {
  const response = await fetchNode(`${pd}/pd/api/v1/${what}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  }).catch((error) => {
    throw new Failure(`PD at ${pd} cannot be reached: ${causeOf(error, ANSWER_LIMIT_MS)}.`);
  });
  const text = await response.text();
  if (!response.ok)
    throw new Failure(`PD at ${pd} answered HTTP ${response.status} to ${what}: ${text.trim().slice(0, 200)}`);
}

/** Why a PD cannot be asked, or undefined where it answers. */
export const pdProblem = (pd: string): Promise<string | undefined> =>
  ask(pd, 'members', MEMBERS).then(
    () => undefined,
    (error: Error) => error.message,
  );

async function ask<T>(pd: string, what: string, schema: v.GenericSchema<unknown, T>): Promise<T> {
  const url = `${pd}/pd/api/v1/${what}`;
  const response = await fetchNode(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }).catch((error) => {
    throw new Failure(`PD at ${pd} cannot be reached: ${causeOf(error, ANSWER_LIMIT_MS)}.`);
  });
  const text = await response.text();
  if (!response.ok)
    throw new Failure(`PD at ${pd} answered HTTP ${response.status} to ${what}: ${text.trim().slice(0, 200)}`);
  const result = v.safeParse(schema, parse(text));
  if (result.success) return result.output;
  throw new Failure(`${pd} is not a PD: its answer to /pd/api/v1/${what} is another than PD's.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
