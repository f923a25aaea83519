import { constants } from 'node:os';
import type { NodeDeath } from '../../core/verdict/node-deaths.ts';
import { type Compose, type DockerEvent, SERVER, seconds } from './compose-cli.ts';

/** A server of a cluster that ended and was not asked to. */
export interface ServerDeath extends NodeDeath {
  /** `surreal-2`, `tikv-1` */
  readonly name: string;
}

const LOG_LINES = 5;
/** A container that Docker starts again has a log of its new life soon after. */
const LOG_LATENESS_MS = 1000;
/** A shell's exit code of a process that a signal ended: this and its number. */
const BY_SIGNAL = 128;

/**
 * Servers in containers that ended by themselves, as Docker's events tell it.
 * @param since milliseconds since 1970
 */
export async function containerDeaths(compose: Compose, since: number): Promise<ServerDeath[]> {
  const ofCluster = `label=com.docker.compose.project=${await compose.project()}`;
  const events = await compose.events({ since, until: Date.now() }, ofCluster, 'event=kill', 'event=die');
  return Promise.all(
    unaskedDeaths(events).map(async ({ id, ...death }) => {
      const until = ['--until', seconds(death.at + LOG_LATENESS_MS)];
      const { tail } = await compose.docker(['logs', '--tail', String(LOG_LINES), ...until, id]);
      return { ...death, log: tail.join('\n') || '(empty)' };
    }),
  );
}

/** Those that no command of Docker had ended: each records `kill` before. */
export function unaskedDeaths(events: readonly DockerEvent[]): (Omit<ServerDeath, 'log'> & { id: string })[] {
  const asked = new Set<string>();
  return events
    .toSorted((a, b) => a.timeNano - b.timeNano)
    .flatMap(({ Action, timeNano, Actor: { ID: id, Attributes } }) => {
      if (Action === 'kill') asked.add(id);
      const name = Attributes['com.docker.compose.service'] ?? '';
      if (Action !== 'die' || asked.delete(id) || !SERVER.test(name)) return [];
      return [{ id, name, at: timeNano / 1e6, ...howOf(Number(Attributes.exitCode)) }];
    });
}

function howOf(exitCode: number): Pick<NodeDeath, 'code' | 'signal'> {
  const [signal] = Object.entries(constants.signals).find(([, number]) => number === exitCode - BY_SIGNAL) ?? [];
  return signal === undefined ? { code: exitCode, signal: null } : { code: null, signal };
}
