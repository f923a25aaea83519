import type { Fault } from '../../core/faults/fault-grammar.ts';
import { UsageError } from '../errors.ts';
import type { Act } from './fault-driver.ts';
import { runOrExplain } from './undo.ts';

/** Command lines of the user's own, for the shell, that begin and end a fault. */
export interface FaultCommand {
  readonly start: string;
  readonly stop: string;
}

/**
 * Reads `NAME:start=COMMAND` and `NAME:stop=COMMAND`.
 * @throws UsageError where one is wrong, or the other half is missing
 */
export function parseFaultCommands(texts: readonly string[]): ReadonlyMap<string, FaultCommand> {
  const halves = new Map<string, Partial<FaultCommand>>();
  for (const text of texts) {
    const [, name, half, command] = /^([\w-]+):(start|stop)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || half === undefined)
      throw new UsageError(
        `--fault-command "${text}" must be NAME:start=COMMAND or NAME:stop=COMMAND, such as 'store:start=curl -X POST http://…'.`,
      );
    halves.set(name, { ...halves.get(name), [half]: command });
  }
  return new Map(
    [...halves].map(([name, { start, stop }]) => {
      if (start === undefined || stop === undefined)
        throw new UsageError(
          `--fault-command ${name} has no ${start === undefined ? 'start' : 'stop'}: a fault has to be undone as well, so give both ${name}:start=COMMAND and ${name}:stop=COMMAND.`,
        );
      return [name, { start, stop }];
    }),
  );
}

/** @throws UsageError where a fault names a command that is not there, or a command is in no fault */
export function checkFaultCommands(faults: readonly Fault[], commands: ReadonlyMap<string, FaultCommand>): void {
  const named = faults.flatMap(({ who }) => (typeof who === 'object' && 'command' in who ? [who.command] : []));
  for (const name of named)
    if (!commands.has(name))
      throw new UsageError(`There is no --fault-command ${name}: give ${name}:start=COMMAND and ${name}:stop=COMMAND.`);
  for (const name of commands.keys())
    if (!named.includes(name))
      throw new UsageError(`--fault-command ${name} is in no fault: give --fault command:${name}@START+DURATION.`);
}

/** An instant that is known better than this needs no word. */
const EXACT_MS = 100;

const shell = (command: string): [string, ...string[]] => ['/bin/sh', '-c', command];

/** The user's commands, as one more thing that can be done. It took effect at some time while the first command ran. */
export function commandAct(name: string, { start, stop }: FaultCommand, env: NodeJS.ProcessEnv): Act {
  return {
    cure: { how: 'run', argv: shell(stop), done: '' },
    async begin() {
      const began = Date.now();
      await runOrExplain(shell(start), env);
      const took = Date.now() - began;
      return {
        began,
        notes: took <= EXACT_MS ? [] : [`${name}:start took ${took} ms: the fault took effect at some time in it.`],
        async heal() {
          await runOrExplain(shell(stop), env);
          return Date.now();
        },
      };
    },
  };
}
