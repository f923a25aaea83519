import * as v from 'valibot';
import { Failure } from '../cli/errors.ts';
import { type Ending, endingOnSignals, run } from '../process/run-to-end.ts';
import { findDocker } from '../programs/image.ts';
import { VERSION_LIMIT_MS } from '../programs/toolchain.ts';
import { PROJECT_ROOT } from '../system/paths.ts';

/** Files for smaller clusters, by the name in `compose.NAME.yml`. */
export const VARIANTS = ['single-store', 'two-nodes', 'one-node'] as const;
export type Variant = (typeof VARIANTS)[number];

/** Services that are nodes, stores or PD members. */
export const SERVER = /^(surreal|tikv|pd)-\d+$/;

/** The setting of a server's published port, as compose.yml has it. */
export const portSetting = (server: string): string =>
  server.startsWith('pd-') ? 'PD_PORT' : `${server.toUpperCase().replace('-', '_')}_PORT`;

/** What a call may take that waits for nothing. */
const CALL_LIMIT_MS = 30_000;

/** Arguments of calls that wait for servers or the network. */
const WAITING = ['--wait', 'down', 'start', 'pull'];

const PUBLISHER = v.object({ TargetPort: v.number(), PublishedPort: v.number() });
const CONTAINER = v.object({
  ID: v.string(),
  Name: v.string(),
  Service: v.string(),
  State: v.string(),
  Health: v.optional(v.string(), ''),
  ExitCode: v.optional(v.number(), 0),
  Publishers: v.nullish(v.array(PUBLISHER)),
});

const EVENT = v.object({
  Action: v.string(),
  timeNano: v.number(),
  Actor: v.object({ ID: v.string(), Attributes: v.record(v.string(), v.string()) }),
});
/** What Docker records of a container or a network. */
export type DockerEvent = v.InferOutput<typeof EVENT>;

/** A container of the cluster, running or not. */
export interface Container {
  readonly id: string;
  /** Kept by the container that takes its place. */
  readonly name: string;
  readonly service: string;
  readonly state: string;
  /** Empty if there is not a health check, or it has not run. */
  readonly health: string;
  readonly exitCode: number;
  /** Ports on loopback by port in the container. */
  readonly ports: ReadonlyMap<number, number>;
}

/** `docker compose` on this project's files, with a given environment. */
export class Compose {
  readonly #docker: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(docker: string, env: NodeJS.ProcessEnv) {
    this.#docker = docker;
    this.#env = env;
  }

  /** @throws Failure where Docker or its compose plugin is missing, or no daemon answers */
  static async find(env: NodeJS.ProcessEnv): Promise<Compose> {
    const found = await findDocker({ env, progress: { say: () => {} }, versionLimitMs: VERSION_LIMIT_MS });
    if ('problem' in found)
      throw new Failure(
        `Target compose needs Docker, and ${found.problem}. Install and start it (docs/how-to/troubleshooting.md), or use --target native.`,
      );
    const compose = new Compose(found.docker, env);
    const { problem } = await run([found.docker, 'compose', 'version'], { env, limitMs: CALL_LIMIT_MS });
    if (problem)
      throw new Failure('Target compose needs the compose plugin of Docker: `docker compose version` fails.');
    return compose;
  }

  /** The program `docker`, or what stands for it. */
  get program(): string {
    return this.#docker;
  }

  with(env: NodeJS.ProcessEnv): Compose {
    return new Compose(this.#docker, { ...this.#env, ...env });
  }

  /** The command line of a call, for one that takes over the terminal. */
  argv(args: readonly string[]): [string, ...string[]] {
    return [this.#docker, 'compose', '--profile', '*', ...args];
  }

  /** Runs `docker compose ARGS` in this checkout. */
  call(args: readonly string[], onLine?: (line: string) => void): Promise<Ending> {
    return this.#run(['compose', ...args], onLine);
  }

  /** Runs another command of docker. */
  docker(args: readonly string[]): Promise<Ending> {
    return this.#run(args);
  }

  /** Details of a container, by id or name. @throws Failure */
  async inspect<const S extends v.GenericSchema>(container: string, schema: S): Promise<v.InferOutput<S>> {
    const { stdout, problem } = await this.docker(['inspect', '--format', '{{json .}}', container]);
    if (problem) throw new Failure(`docker inspect ${container} ${problem}`);
    return v.parse(schema, JSON.parse(stdout));
  }

  /** Docker's events of a time. `since` and `until` are milliseconds since 1970. @param filters such as `event=kill` */
  async events({ since, until }: { since: number; until: number }, ...filters: string[]): Promise<DockerEvent[]> {
    const range = ['--since', seconds(since), '--until', seconds(until)];
    const filter = filters.flatMap((it) => ['--filter', it]);
    const { stdout } = await this.docker(['events', ...range, ...filter, '--format', '{{json .}}']);
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => v.parse(EVENT, JSON.parse(line)));
  }

  /** Its name, which all that belongs to the cluster has as a label. */
  async project(): Promise<string> {
    const { stdout } = await this.call(['config', '--format', 'json']);
    return v.parse(v.object({ name: v.string() }), JSON.parse(stdout)).name;
  }

  /** All containers of the cluster, by service. @throws Failure */
  async containers(): Promise<Container[]> {
    const { stdout, problem, tail } = await this.call(['--profile', '*', 'ps', '--all', '--format', 'json']);
    if (problem) throw new Failure(`docker compose ps ${problem}: ${tail.at(-1) ?? 'no output'}`);
    return parseContainers(stdout);
  }

  /** The last lines that a service wrote. */
  async log(service: string, lines: number): Promise<string> {
    const { stdout } = await this.call(['--profile', '*', 'logs', '--no-color', '--tail', String(lines), service]);
    return stdout.trim() || '(empty)';
  }

  #run(args: readonly string[], onLine?: (line: string) => void): Promise<Ending> {
    const waits = args.some((arg) => WAITING.includes(arg));
    const options = {
      env: this.#env,
      cwd: PROJECT_ROOT,
      ...(waits ? {} : { limitMs: CALL_LIMIT_MS }),
      ...(onLine === undefined ? {} : { onLine }),
    };
    return endingOnSignals(() => run([this.#docker, ...args], options));
  }
}

/** As Docker's commands take a time. @param milliseconds since 1970 */
export const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);

/** Reads `docker compose ps --format json`: one object a line, or one list in releases before 2.21. */
export function parseContainers(text: string): Container[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const values: unknown[] = trimmed.startsWith('[')
    ? (JSON.parse(trimmed) as unknown[])
    : trimmed.split('\n').map((line) => JSON.parse(line) as unknown);
  const containers = v.parse(v.array(CONTAINER), values).map((it) => ({
    id: it.ID,
    name: it.Name,
    service: it.Service,
    state: it.State,
    health: it.Health,
    exitCode: it.ExitCode,
    ports: new Map(
      (it.Publishers ?? [])
        .filter(({ PublishedPort }) => PublishedPort > 0)
        .map(({ TargetPort, PublishedPort }) => [TargetPort, PublishedPort] as const),
    ),
  }));
  return containers.sort((a, b) => a.service.localeCompare(b.service, 'en'));
}
