/** What faults are drawn on. */
export type Ground = 'shared store' | 'lasting store' | 'memory' | 'containers' | 'engine';

/** What happens to regions, wherever a store has them. */
const OF_REGIONS = ['leader-transfer', 'leader-shuffle', 'region-split', 'region-merge'];

/**
 * Faults that exploration draws, as in DrawnFault.what: those that the target can do, mildest first. What has shown losses, or
 * what takes a server from a running transaction, is listed several times and so drawn more often.
 */
export const EXPLORED_FAULTS: Readonly<Record<Ground, readonly string[]>> = {
  'shared store': overStores([], [], []),
  'lasting store': ['pause:surreal-N', 'stop:surreal-N', 'kill:surreal-N', 'partition:surreal-N,link=clients'],
  memory: ['pause:surreal-N', 'partition:surreal-N,link=clients'],
  containers: overStores(['pause:tikv-N'], ['kill:tikv-leader', 'kill:pd-leader'], ['crash:tikv-N']),
  engine: ['partition:surreal-N,link=clients', 'slow:surreal-N,link=clients,latency=100ms'],
};

/** Faults of nodes over stores, and those of the stores' own processes, if the target has them. */
function overStores(pauses: readonly string[], kills: readonly string[], crashes: readonly string[]): string[] {
  return [
    ...several(2, 'pause:surreal-N'),
    ...pauses,
    'stop:surreal-N',
    ...several(2, 'kill:surreal-N'),
    ...kills,
    ...several(5, 'crash:surreal-N'),
    ...crashes,
    ...several(2, 'partition:surreal-N'),
    'partition:tikv-N',
    'rolling-restart:surreal',
    ...OF_REGIONS,
  ];
}

function several(times: number, what: string): string[] {
  return Array<string>(times).fill(what);
}

/** Settings of SurrealDB's client of TiKV that exploration draws, the default first. */
export const EXPLORED_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  SURREAL_TIKV_ASYNC_COMMIT: ['', 'false'],
  SURREAL_TIKV_ONE_PHASE_COMMIT: ['', 'false'],
  SURREAL_TIKV_REQUEST_TIMEOUT_SECS: ['', '3'],
};
