import type { Notification } from '../protocols/rpc-messages.ts';

/** What may be promised of live queries: to tell of changes on their own node, or of those in the whole cluster. */
export const LIVE_PROMISES = ['same-node', 'cluster'] as const;
export type LivePromise = (typeof LIVE_PROMISES)[number];

/** The table that live queries follow. */
export const LIVE_TABLE = 'item';
/** The table of the records that those of LIVE_TABLE link to, each by field `detail` to one of the same id and version. */
export const LINKED_TABLE = 'detail';

/** What a change did to a record; of a deletion the version is the last one. */
export type LiveAction = 'create' | 'update' | 'delete';

/** A change, as `change` records it: its key is the record. */
export interface LiveChange {
  readonly action: LiveAction;
  readonly version: number;
  /** Whether the live query with a condition tells of the record. */
  readonly even: boolean;
  /** Whether the record user may see it. */
  readonly shared: boolean;
}

/**
 * What a notification tells: action, record, version, which is null where the message does not hold it; and the version of the
 * linked record if the live query fetches it, null if it is missing.
 */
export type Delivered = readonly [action: LiveAction, record: string, version: number | null, linked?: number | null];

/** Of what is delivered of one record, later changes rank higher; a deletion is the last. */
export const rankOf = ([action, , version]: Delivered): number =>
  action === 'delete' ? Number.POSITIVE_INFINITY : (version ?? 0);

/** A kind of live query: what it selects, and which changes it tells of. */
export interface LiveQuery {
  readonly statement: string;
  /** Asked by a record user, who may see shared records only. */
  readonly asRecordUser?: true;
  /** Its notifications hold the linked record, as the change's transaction left it. */
  readonly fetches?: true;
  readonly tellsOf: (change: LiveChange) => boolean;
}

/** The live queries of each subscriber, by name. */
export const LIVE_QUERIES = {
  all: { statement: `LIVE SELECT * FROM ${LIVE_TABLE}`, tellsOf: () => true },
  where: { statement: `LIVE SELECT * FROM ${LIVE_TABLE} WHERE even = true`, tellsOf: ({ even }) => even },
  diff: { statement: `LIVE SELECT DIFF FROM ${LIVE_TABLE}`, tellsOf: () => true },
  fetch: { statement: `LIVE SELECT * FROM ${LIVE_TABLE} FETCH ${LINKED_TABLE}`, fetches: true, tellsOf: () => true },
  permitted: { statement: `LIVE SELECT * FROM ${LIVE_TABLE}`, asRecordUser: true, tellsOf: ({ shared }) => shared },
} as const satisfies Readonly<Record<string, LiveQuery>>;

export type LiveQueryName = keyof typeof LIVE_QUERIES;

const ACTIONS: Readonly<Record<string, LiveAction>> = { CREATE: 'create', UPDATE: 'update', DELETE: 'delete' };

/** What a notification says of the table; undefined of one that a live query has ended. */
export function deliveredBy({ action, record, result }: Notification, { fetches }: LiveQuery): Delivered | undefined {
  const name = ACTIONS[action];
  if (name === undefined) return undefined;
  const version = versionIn(result);
  if (fetches === undefined) return [name, record, version];
  const linked = (result as { readonly [LINKED_TABLE]?: { readonly version?: number } | null } | null)?.[LINKED_TABLE];
  return [name, record, version, linked?.version ?? null];
}

/** The version in a record, or in the JSON patch that leads to it. */
function versionIn(result: unknown): number | null {
  if (!Array.isArray(result)) return (result as { version?: number } | null)?.version ?? null;
  for (const { path, value } of result as { path: string; value: unknown }[]) {
    if (path === '/version') return Number(value);
    if (path === '') return (value as { version?: number } | null)?.version ?? null;
  }
  return null;
}
