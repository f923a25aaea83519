import { Failure } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { Compose } from '../cluster/compose-cli.ts';
import { hasVolumes } from '../cluster/compose-cluster.ts';
import { runningCluster } from '../cluster/lifecycle.ts';
import { pdOfStore, pdProblem } from '../cluster/pd.ts';
import { findSurreal } from '../programs/find-program.ts';

/** What there is to verify on, best first: containers, servers over a store, one server in memory, the engine in npm. */
export const ENVIRONMENT_KINDS = ['compose', 'native', 'memory', 'embedded'] as const;
export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number];

/** Where everything is verified. */
export interface Environment {
  readonly kind: EnvironmentKind;
  /** One line for people. */
  readonly description: string;
  /** A cluster that is up already is used, and stays up. */
  readonly isUp: boolean;
  /** Whether there were data before, which must stay. */
  readonly hasData: boolean;
  /** What was better and is not there, each in a sentence. */
  readonly missed: readonly string[];
}

type Found = Pick<Environment, 'description' | 'hasData'>;

/** The store that a cluster of native nodes takes if none is named. */
export const USUAL_STORE = 'tikv://127.0.0.1:2379';

/**
 * Finds a cluster of ours that is up, else the best environment that can be brought up.
 * @throws Failure where the one that was asked for is not there
 */
export async function findEnvironment(asked: EnvironmentKind | undefined, progress: Progress): Promise<Environment> {
  const running = await runningCluster(process.env);
  if (running !== undefined && (asked ?? running.kind) === running.kind)
    return { kind: running.kind, description: running.description, isUp: true, hasData: true, missed: [] };
  const missed: string[] = [];
  for (const kind of asked === undefined ? ENVIRONMENT_KINDS : [asked]) {
    const found = await FINDERS[kind](progress);
    if (typeof found !== 'string') return { kind, isUp: false, missed, ...found };
    missed.push(`${kind}: ${found}`);
  }
  throw new Failure(`No target is available to verify. ${missed.join(' ')}`);
}

/** What can be brought up, or why it cannot. */
type Finder = (progress: Progress) => Promise<Found | string>;

const NO_SURREAL = 'The program `surreal` was not found; `npm run setup` shows how to install it.';

const FINDERS: Readonly<Record<EnvironmentKind, Finder>> = {
  compose: async () => {
    try {
      const compose = await Compose.find(process.env);
      const { stdout } = await compose.call(['config', '--images']);
      for (const image of new Set(stdout.trim().split('\n')))
        if ((await compose.docker(['image', 'inspect', image])).problem)
          return `The image ${image} is missing; \`npm run cluster -- up\` pulls it.`;
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
    return { description: 'three nodes over three stores in containers', hasData: await hasVolumes(process.env) };
  },
  native: async (progress) => {
    if ((await findSurreal(progress)) === undefined) return NO_SURREAL;
    if ((await pdProblem(pdOfStore(USUAL_STORE))) !== undefined) return `No store answers at ${USUAL_STORE}.`;
    return { description: `three servers over ${USUAL_STORE}`, hasData: true };
  },
  memory: async (progress) => {
    const surreal = await findSurreal(progress);
    return surreal === undefined
      ? NO_SURREAL
      : { description: `one server of surreal ${surreal.version} in memory`, hasData: false };
  },
  embedded: async () => ({ description: "SurrealDB's engine in this process, behind three ports", hasData: false }),
};
