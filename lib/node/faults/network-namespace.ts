import { platform } from 'node:os';
import { $, which } from 'zx';
import type { FaultOptions } from '../../core/faults/fault-kinds.ts';
import { Failure } from '../cli/errors.ts';
import type { PreparedFault } from './fault-driver.ts';
import type { LinkState } from './proxy.ts';
import { runOrExplain } from './undo.ts';

/** What iptables, tc and nsenter print if the container has been started again, and its rules have gone with its old namespace. */
const GONE = 'No such file or directory';

type Argv = [string, ...string[]];

/**
 * Rules for packets in the network namespace of a container, set from outside: containers lack the capability, and
 * their images the programs. It takes root on the machine that the containers run on.
 */
export class NamespaceTools {
  readonly #noRoot: string | undefined;
  readonly #noNetem: string | undefined;

  private constructor(noRoot: string | undefined, noNetem: string | undefined) {
    this.#noRoot = noRoot;
    this.#noNetem = noNetem;
  }

  static async find(): Promise<NamespaceTools> {
    if (platform() !== 'linux' || process.getuid?.() !== 0)
      return new NamespaceTools('it takes root on the Linux machine that the containers run on', undefined);
    for (const name of ['nsenter', 'ip', 'iptables'])
      if ((await which(name, { nothrow: true })) === null)
        return new NamespaceTools(`it takes the program ${name}, which is not on this machine`, undefined);
    // In a namespace of its own, which goes with the command.
    const trial = await $({ quiet: true, nothrow: true })`unshare --net tc qdisc add dev lo root netem delay 1ms`;
    const said = trial.stderr.trim().split('\n').at(-1);
    return new NamespaceTools(undefined, trial.exitCode === 0 ? undefined : `tc cannot add latency here (${said})`);
  }

  whyNotOneWay(): string | undefined {
    return this.#noRoot && `to cut one direction, ${this.#noRoot}. direction=both needs none of it.`;
  }

  whyNotSlow({ direction }: FaultOptions): string | undefined {
    if (direction === 'in') return 'tc can slow what a container sends, not what it gets: direction=out, or both.';
    const reason = this.#noRoot ?? this.#noNetem;
    return reason && `for latency and loss, ${reason}. Target native does it by proxies of its own.`;
  }

  /** @param pid the container's process @param address of its interface */
  async prepare(pid: number, address: string, link: LinkState, env: NodeJS.ProcessEnv): Promise<PreparedFault> {
    const inside = (...argv: Argv): Argv => ['nsenter', '--target', String(pid), '--net', ...argv];
    const device = await deviceOf(address, inside('ip', '-o', '-4', 'addr'));
    const [begin, end] = link.cut ? cutRules(device, link) : slowRules(device, link);
    const undo = inside(...end);
    return {
      undo: { how: 'run', argv: undo, done: GONE },
      async begin() {
        await runOrExplain(inside(...begin), env);
        return {
          began: Date.now(),
          async undo() {
            await runOrExplain(undo, env, GONE);
            return Date.now();
          },
        };
      },
    };
  }
}

async function deviceOf(address: string, argv: Argv): Promise<string> {
  const { stdout } = await $({ quiet: true })`${argv}`;
  const line = stdout.split('\n').find((it) => it.includes(` ${address}/`));
  const device = line?.split(/\s+/)[1];
  if (device === undefined) throw new Failure(`No interface of the container has the address ${address}.`);
  return device;
}

function cutRules(device: string, { direction }: LinkState): [Argv, Argv] {
  const rule = direction === 'in' ? ['INPUT', '-i', device] : ['OUTPUT', '-o', device];
  return [
    ['iptables', '-I', ...rule, '-j', 'DROP'],
    ['iptables', '-D', ...rule, '-j', 'DROP'],
  ];
}

/** A delay of both directions is put on the outgoing one: the round trip is the same. */
export function slowRules(device: string, { direction, latency, jitter, loss }: LinkState): [Argv, Argv] {
  const ways = direction === 'both' ? 2 : 1;
  const delay = latency === 0 ? [] : ['delay', `${latency * ways}ms`, ...(jitter === 0 ? [] : [`${jitter * ways}ms`])];
  const lost = loss === 0 ? [] : ['loss', `${Math.round((1 - (1 - loss) ** ways) * 1e6) / 1e4}%`];
  return [
    ['tc', 'qdisc', 'add', 'dev', device, 'root', 'netem', ...delay, ...lost],
    ['tc', 'qdisc', 'del', 'dev', device, 'root', 'netem'],
  ];
}
