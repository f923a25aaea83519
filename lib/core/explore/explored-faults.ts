/** What faults are drawn on. */
export type Ground = 'shared store' | 'lasting store' | 'memory' | 'containers' | 'engine';

/**
 * Faults that exploration draws, as in DrawnFault.what: those that the target can do, mildest first. What has shown losses, or
 * what takes a server from a running transaction, is listed several times and so drawn more often.
 */
export const EXPLORED_FAULTS: Readonly<Record<Ground, readonly string[]>> = {
  'shared store': [
    ...several(2, 'pause:surreal-N'),
    'stop:surreal-N',
    ...several(2, 'kill:surreal-N'),
    ...several(5, 'crash:surreal-N'),
    ...several(2, 'partition:surreal-N'),
    'partition:tikv-N',
    'rolling-restart:surreal',
    'leader-transfer',
    'leader-shuffle',
    'region-split',
    'region-merge',
  ],
  'lasting store': ['pause:surreal-N', 'stop:surreal-N', 'kill:surreal-N', 'partition:surreal-N,link=clients'],
  memory: ['pause:surreal-N', 'partition:surreal-N,link=clients'],
  containers: [
    ...several(2, 'pause:surreal-N'),
    'pause:tikv-N',
    'stop:surreal-N',
    ...several(2, 'kill:surreal-N'),
    'kill:tikv-leader',
    'kill:pd-leader',
    ...several(5, 'crash:surreal-N'),
    'crash:tikv-N',
    ...several(2, 'partition:surreal-N'),
    'partition:tikv-N',
    'rolling-restart:surreal',
    'leader-transfer',
    'leader-shuffle',
    'region-split',
    'region-merge',
  ],
  engine: ['partition:surreal-N,link=clients', 'slow:surreal-N,link=clients,latency=100ms'],
};

function several(times: number, what: string): string[] {
  return Array<string>(times).fill(what);
}

/** Settings of SurrealDB's client of TiKV that exploration draws, the default first. */
export const EXPLORED_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  SURREAL_TIKV_ASYNC_COMMIT: ['', 'false'],
  SURREAL_TIKV_ONE_PHASE_COMMIT: ['', 'false'],
  SURREAL_TIKV_REQUEST_TIMEOUT_SECS: ['', '3'],
};
