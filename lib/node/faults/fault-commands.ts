import type { Fault } from '../../core/faults/fault-grammar.ts';
import { UsageError } from '../cli/errors.ts';
import type { FaultActions, PreparedFault } from './fault-driver.ts';
import { runOrExplain } from './undo.ts';

/** Shell commands of the user that begin and end a fault. */
export interface FaultCommand {
  readonly start: string;
  readonly stop: string;
}

/**
 * Reads `NAME:start=COMMAND` and `NAME:stop=COMMAND`.
 * @throws UsageError if one is wrong, or its other half is missing
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

/** @throws UsageError if a fault names an unknown command, or a command is in no fault */
export function checkFaultCommands(faults: readonly Fault[], commands: ReadonlyMap<string, FaultCommand>): void {
  const named = faults.flatMap(({ who }) => (typeof who === 'object' && 'command' in who ? [who.command] : []));
  for (const name of named)
    if (!commands.has(name))
      throw new UsageError(`There is no --fault-command ${name}: give ${name}:start=COMMAND and ${name}:stop=COMMAND.`);
  for (const name of commands.keys())
    if (!named.includes(name))
      throw new UsageError(`--fault-command ${name} is in no fault: give --fault command:${name}@START+DURATION.`);
}

/** A moment that is known better than this needs no remark. */
const EXACT_MS = 100;

const shell = (command: string): [string, ...string[]] => ['/bin/sh', '-c', command];

/** The user's commands as a kind of fault, by name. */
export function commandActions(commands: ReadonlyMap<string, FaultCommand>, env: NodeJS.ProcessEnv): FaultActions {
  const prepare = async (name: string): Promise<PreparedFault> => {
    const command = commands.get(name);
    if (command === undefined) throw new Error(`there is no command ${name}`);
    return prepareCommand(name, command, env);
  };
  const otherwise = 'a command of your own is for --fault command:NAME.';
  return { servers: [...commands.keys()], otherwise, actions: { command: { tiers: [], prepare } } };
}

/** It takes effect at some time while the first command runs. */
function prepareCommand(name: string, { start, stop }: FaultCommand, env: NodeJS.ProcessEnv): PreparedFault {
  return {
    undo: { how: 'run', argv: shell(stop), done: '' },
    async begin() {
      const began = Date.now();
      await runOrExplain(shell(start), env);
      const took = Date.now() - began;
      return {
        began,
        notes: took <= EXACT_MS ? [] : [`${name}:start took ${took} ms: the fault took effect at some time in it.`],
        async undo() {
          await runOrExplain(shell(stop), env);
          return Date.now();
        },
      };
    },
  };
}
