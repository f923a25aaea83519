import { constants } from 'node:os';
import * as v from 'valibot';
import type { NodeDeath } from '../../core/verdict/node-deaths.ts';
import type { Compose } from './compose-cli.ts';

/** A server of a cluster that ended and was not asked to. */
export interface ServerDeath extends NodeDeath {
  /** `surreal-2`, `tikv-1` */
  readonly name: string;
}

const EVENT = v.object({
  Action: v.string(),
  timeNano: v.number(),
  Actor: v.object({ ID: v.string(), Attributes: v.record(v.string(), v.string()) }),
});
type Event = v.InferOutput<typeof EVENT>;

const SERVER = /^(surreal|tikv|pd)-\d+$/;
const LOG_LINES = 5;
/** A shell's exit code of a process that a signal ended: this and its number. */
const BY_SIGNAL = 128;

/**
 * Servers in containers that ended by themselves, as Docker's events tell it.
 * @param since milliseconds since 1970
 */
export async function containerDeaths(compose: Compose, since: number): Promise<ServerDeath[]> {
  const range = ['--since', (since / 1000).toFixed(3), '--until', (Date.now() / 1000).toFixed(3)];
  const filters = [`label=com.docker.compose.project=${await compose.project()}`, 'event=kill', 'event=die'];
  const { stdout } = await compose.docker([
    'events',
    ...range,
    ...filters.flatMap((filter) => ['--filter', filter]),
    '--format',
    '{{json .}}',
  ]);
  return Promise.all(
    unaskedDeaths(stdout).map(async ({ id, ...death }) => {
      const until = (death.at / 1000 + 1).toFixed(3);
      const { tail } = await compose.docker(['logs', '--tail', String(LOG_LINES), '--until', until, id]);
      return { ...death, log: tail.join('\n') || '(empty)' };
    }),
  );
}

/** Those that no command of Docker had ended: each records `kill` before. @param text events by line, as JSON */
export function unaskedDeaths(text: string): (Omit<ServerDeath, 'log'> & { id: string })[] {
  const events = text.split('\n').filter((line) => line.startsWith('{'));
  const asked = new Set<string>();
  return events
    .map((line): Event => v.parse(EVENT, JSON.parse(line)))
    .sort((a, b) => a.timeNano - b.timeNano)
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
