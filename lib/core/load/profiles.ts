/** A straight line of load: over `share` of the profile's duration, from where the last stage ended to `level` × peak. */
export interface Stage {
  readonly share: number;
  readonly level: number;
}

/** The shape of the load, the same for every scenario. Shares and levels are fractions of 1. */
export interface Profile {
  readonly purpose: string;
  /** Milliseconds of load that is sent but not measured. */
  readonly warmUp: number;
  /** Milliseconds that are measured. */
  readonly duration: number;
  /** Peak arrival rate of the open model, operations a second. */
  readonly rate: number;
  /** Peak of the closed model, virtual users. */
  readonly vus: number;
  /** Level at the start of the first stage. */
  readonly from: number;
  readonly stages: readonly Stage[];
  /** Milliseconds between phases in which iterations may end, where it is not the usual time. */
  readonly grace?: number;
  /** Steps of equal length, each a constant rate above the last, instead of stages: the highest that held is the result. */
  readonly rungs?: number;
  /** Whether its stages rise slowly enough to show latency against load. */
  readonly risesSlowly?: boolean;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const PROFILES = {
  smoke: {
    purpose: 'basic check: few operations, every checker',
    warmUp: 2 * SECOND,
    duration: 10 * SECOND,
    rate: 50,
    vus: 5,
    from: 1,
    stages: [{ share: 1, level: 1 }],
  },
  round: {
    purpose: 'one round of a comparison: short, with enough operations for p99',
    warmUp: SECOND,
    duration: 3 * SECOND,
    rate: 350,
    vus: 10,
    from: 1,
    stages: [{ share: 1, level: 1 }],
    grace: 0.5 * SECOND,
  },
  load: {
    purpose: 'expected load, sustained (requirement: more than 1000 requests per second); closed model: 10 to 50 VUs',
    warmUp: 5 * SECOND,
    duration: MINUTE,
    rate: 1200,
    vus: 50,
    from: 0.2,
    stages: [
      { share: 0.1, level: 1 },
      { share: 0.9, level: 1 },
    ],
  },
  stress: {
    purpose: 'up to twice the expected load, then back: degradation and recovery',
    risesSlowly: true,
    warmUp: 5 * SECOND,
    duration: 2 * MINUTE,
    rate: 2400,
    vus: 100,
    from: 0.25,
    stages: [
      { share: 0.25, level: 0.5 },
      { share: 0.25, level: 1 },
      { share: 0.25, level: 1 },
      { share: 0.25, level: 0.25 },
    ],
  },
  spike: {
    purpose: 'sudden tenfold increase from a low load, then back',
    warmUp: 5 * SECOND,
    duration: MINUTE,
    rate: 2000,
    vus: 100,
    from: 0.1,
    stages: [
      { share: 0.4, level: 0.1 },
      { share: 0.02, level: 1 },
      { share: 0.16, level: 1 },
      { share: 0.02, level: 0.1 },
      { share: 0.4, level: 0.1 },
    ],
  },
  soak: {
    purpose: 'moderate load for an hour: leaks, drift, compaction',
    warmUp: 30 * SECOND,
    duration: 60 * MINUTE,
    rate: 400,
    vus: 20,
    from: 1,
    stages: [{ share: 1, level: 1 }],
  },
  breakpoint: {
    purpose: 'increases the rate in steps until a limit breaks; the result is the highest rate that held',
    warmUp: 5 * SECOND,
    duration: 2 * MINUTE,
    rate: 6000,
    vus: 200,
    from: 0,
    stages: [],
    rungs: 12,
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;
export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[];
