/** One thing that can happen to a cluster, and how long the load takes in which it does. */
export interface Exercise {
  readonly name: string;
  readonly title: string;
  /** As --fault has them. */
  readonly faults: readonly string[];
  /** Of the measured part: long enough to see the recovery. */
  readonly duration: string;
  /** Of a request, if the drill's own would end it before the server answers. */
  readonly timeout?: string;
  /** Only under these scenarios; if absent, under each that the drill runs. */
  readonly scenarios?: readonly string[];
}

/** The standard drill: what dies in a cluster sooner or later. */
export const EXERCISES: readonly Exercise[] = [
  { name: 'node-killed', title: 'a node is killed', faults: ['kill:surreal-2@3s+3s'], duration: '10s' },
  {
    name: 'slow-node-killed',
    title: 'a node is killed while its way to the stores is slow',
    faults: ['slow:surreal-2@3s+7s,latency=40ms,jitter=20ms,loss=1%', 'kill:surreal-2@5s+3s'],
    duration: '14s',
  },
  {
    name: 'node-lost',
    title: "a node's host is lost right after an acknowledgement, again and again, while its way to the stores is slow",
    faults: ['slow:surreal-2@1s+29s,latency=15ms', 'crash:surreal-2@3s+2s,every=7s,when=ack'],
    duration: '34s',
    scenarios: ['transactions'],
  },
  {
    name: 'node-cut-off',
    title:
      'a node is cut off from the stores right after an acknowledgement, for longer than a lock lives, again and again',
    faults: ['partition:surreal-2@2s+4s,every=7s,when=ack'],
    duration: '34s',
    scenarios: ['bank', 'transactions'],
  },
  { name: 'node-paused', title: 'a node stands still', faults: ['pause:surreal-3@3s+3s'], duration: '10s' },
  { name: 'store-killed', title: 'a store is killed', faults: ['kill:tikv-random@3s+4s'], duration: '16s' },
  {
    name: 'store-leader-killed',
    title: 'the store that leads most regions is killed',
    faults: ['kill:tikv-leader@3s+4s'],
    duration: '20s',
  },
  { name: 'pd-leader-killed', title: "PD's leader is killed", faults: ['kill:pd-leader@3s+4s'], duration: '16s' },
  {
    name: 'quorum-lost',
    title: 'a majority of the stores is killed, and comes back',
    faults: ['quorum-loss:tikv@3s+5s'],
    duration: '22s',
  },
  {
    name: 'quorum-paused',
    title: 'a majority of the stores stands still, so that the leader steps down, again and again',
    faults: ['quorum-loss:tikv@3s+6s,by=pause,spare=leader,every=11s'],
    duration: '36s',
    timeout: '10s',
    scenarios: ['bank', 'set'],
  },
  {
    name: 'rolling-restart',
    title: 'every node is restarted in turn',
    faults: ['rolling-restart:surreal@3s+6s'],
    duration: '13s',
  },
];

/**
 * Virtual users: each has one operation under way all the time. Where stores or PD are killed that is 42, and where a node is, 14; so
 * over the three scenarios 588 are under way when what they need is killed: 3 × (14 + 14 + 42 + 42 + 42 + 42).
 */
export const DRILL_USERS = 42;

/** How likely it is that a drill shows at least one loss, where each operation at risk is lost with a given probability. */
export const chanceToSee = (atRisk: number, loss: number): number => 1 - (1 - loss) ** atRisk;

/** @returns undefined if there is none of that name */
export const exerciseNamed = (name: string): Exercise | undefined => EXERCISES.find((it) => it.name === name);
