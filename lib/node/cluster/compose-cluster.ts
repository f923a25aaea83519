import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import type { Credentials } from '../../core/access/node-user.ts';
import { grafanaPassword, knownCredentials, lastingCredentials } from '../access/credentials.ts';
import { Failure } from '../cli/errors.ts';
import { type Detail, spinning } from '../cli/progress.ts';
import { writeJson } from '../system/files.ts';
import { cacheFolder } from '../system/paths.ts';
import { answersReady, signIn } from '../targets/http.ts';
import { checkNames, type NodePrograms } from '../targets/node-programs.ts';
import type { NodeSettings } from '../targets/node-settings.ts';
import type { Cluster, ClusterNode, UpContext } from './cluster.ts';
import { Compose, type Container, type Variant } from './compose-cli.ts';
import { containerDeaths } from './container-deaths.ts';
import { settleStores } from './settle-stores.ts';

export interface ComposeRequest {
  readonly variants: readonly Variant[];
  readonly monitoring: boolean;
  /** Environment of the nodes, beside that of compose.yml. */
  readonly nodeSettings?: NodeSettings;
  /** Images by the name of their node, instead of that of compose.yml. */
  readonly nodePrograms?: NodePrograms;
}

const NODE_PORT = 8000;
export const PD_PORT = 2379;
const PROMETHEUS_PORT = 9090;
const POLL_MS = 500;
/** A tier that was slow to become healthy makes compose give up on those that wait for it; the next `up` goes on. */
const ATTEMPTS = 3;
const LOG_LINES = 15;

const DOWN = ['down', '--remove-orphans'];
const WITH_DATA = '--volumes';

/**
 * Brings the cluster of compose.yml up, or what is missing of it.
 * @throws Failure with the last log lines of each container that did not come up
 */
export async function upCompose(request: ComposeRequest, context: UpContext): Promise<Cluster> {
  const { progress, env, signal } = context;
  const credentials = await lastingCredentials(env);
  const passwords = {
    SURREAL_USER: credentials.user,
    SURREAL_PASS: credentials.pass,
    ...(request.monitoring ? { GRAFANA_ADMIN_PASSWORD: await grafanaPassword(env) } : {}),
  };
  const compose = (await Compose.find(env)).with(passwords);
  const before = await compose.containers();
  const args = [...(await filesOf(request, compose, env)), ...(request.monitoring ? ['--profile', 'monitoring'] : [])];
  const startUps = await spinning(progress, 'Bringing up PD, TiKV and SurrealDB (docker compose)', async (detail) => {
    const watch = watchStart(compose, before, detail);
    try {
      await bringUp(compose, args, context);
    } finally {
      await watch.end();
    }
    return watch.startUps;
  });
  signal.throwIfAborted();
  await remember(startUps, env);
  const cluster = await clusterOf(compose, credentials, env);
  for (const { url } of cluster.nodes) await signInToVolumes(url, credentials);
  const problem = cluster.pd && (await settleStores(cluster.pd, signal));
  if (problem !== undefined) progress.say(problem);
  return cluster;
}

/** The cluster, where a node of it runs; undefined also if there is not a Docker. */
export async function composeCluster(env: NodeJS.ProcessEnv): Promise<Cluster | undefined> {
  const compose = await Compose.find(env).catch(() => undefined);
  if (compose === undefined) return undefined;
  const containers = await compose.containers();
  if (!containers.some(({ service, state }) => isNode(service) && state === 'running')) return undefined;
  return clusterOf(compose, await credentialsOfVolumes(env), env, containers);
}

/** Ends all containers and keeps the data. @returns whether there was anything */
export async function downCompose(env: NodeJS.ProcessEnv, context: Pick<UpContext, 'progress'>): Promise<boolean> {
  const compose = await Compose.find(env);
  const had = (await compose.containers()).length > 0;
  await spinning(context.progress, 'Taking the containers down', () => takeDown(compose));
  return had;
}

/** Deletes all data: also those of variants, whose volumes compose.yml does not know. */
export async function wipeCompose(env: NodeJS.ProcessEnv, context: Pick<UpContext, 'progress'>): Promise<void> {
  const compose = await Compose.find(env);
  await spinning(context.progress, 'Deleting containers, networks and volumes', () => takeDown(compose, WITH_DATA));
  const left = await volumes(compose);
  if (left.length === 0) return;
  const { problem, tail } = await compose.docker(['volume', 'rm', ...left]);
  if (problem) throw new Failure(`docker volume rm ${problem}: ${tail.at(-1) ?? 'no output'}`);
}

/** Whether there are data of an earlier cluster. */
export const hasVolumes = async (env: NodeJS.ProcessEnv): Promise<boolean> =>
  (await volumes(await Compose.find(env))).length > 0;

/**
 * The command line that does the same for a cluster without variants; for one who cannot call us any more. All that
 * compose wants to know beside it is in `.env` and the environment.
 */
export async function commandFor(end: 'down' | 'wipe', env: NodeJS.ProcessEnv): Promise<string[]> {
  return (await Compose.find(env)).argv(end === 'down' ? DOWN : [...DOWN, WITH_DATA]);
}

async function takeDown(compose: Compose, ...extra: string[]): Promise<void> {
  const { problem, tail } = await compose.call(['--profile', '*', ...DOWN, ...extra]);
  if (problem) throw new Failure(`docker compose down ${problem}: ${tail.slice(-3).join('\n')}`);
}

async function volumes(compose: Compose): Promise<string[]> {
  const filter = `label=com.docker.compose.project=${await compose.project()}`;
  const { stdout } = await compose.docker(['volume', 'ls', '--quiet', '--filter', filter]);
  return stdout.split('\n').filter((line) => line !== '');
}

/** compose.measure.yml needs an engine that can check health at another pace while a service starts. */
async function filesOf(
  { variants, nodeSettings = {}, nodePrograms = {} }: ComposeRequest,
  compose: Compose,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const { stdout } = await compose.docker(['version', '--format', '{{.Server.APIVersion}}']);
  const [major = 0, minor = 0] = stdout.trim().split('.').map(Number);
  const measure = major > 1 || minor >= 44;
  const names = [...(measure ? ['measure'] : []), ...variants];
  const files = names.map((name) => `compose.${name}.yml`);
  if (Object.keys({ ...nodeSettings, ...nodePrograms }).length > 0)
    files.push(await settingsFile(nodeSettings, nodePrograms, compose, env));
  return files.length === 0 ? [] : ['compose.yml', ...files].flatMap((file) => ['--file', file]);
}

/** compose.yml of its own with the environment of every node, and the images of some. @returns its path @throws UsageError */
async function settingsFile(
  environment: NodeSettings,
  images: NodePrograms,
  compose: Compose,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { stdout } = await compose.call(['config', '--services']);
  const names = stdout.split('\n').filter(isNode).sort();
  checkNames(images, names);
  await mkdir(cacheFolder(env), { recursive: true });
  const path = join(cacheFolder(env), 'compose-settings.json');
  const service = (name: string) => ({ environment, ...(images[name] === undefined ? {} : { image: images[name] }) });
  await writeJson(path, { services: Object.fromEntries(names.map((name) => [name, service(name)])) });
  return path;
}

async function bringUp(compose: Compose, args: readonly string[], { progress, signal }: UpContext): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { problem, tail } = await compose.call([
      ...args,
      'up',
      '--detach',
      '--wait',
      '--remove-orphans',
      '--quiet-pull',
    ]);
    if (problem === undefined) return;
    signal.throwIfAborted();
    const text = tail.join('\n');
    const mayRecover = /dependency failed to start|is unhealthy/.test(text);
    if (attempt === ATTEMPTS || !mayRecover) throw new Failure(await failureText(compose, problem, tail));
    progress.say(
      `${text.split('\n').at(-1)}; the cluster may be recovering, so once more (${attempt + 1} of ${ATTEMPTS})`,
    );
    const dead = (await compose.containers()).filter(
      ({ state, service }) => state === 'exited' && service !== ONE_SHOT,
    );
    if (dead.length > 0) await compose.docker(['start', ...dead.map(({ id }) => id)]);
  }
}

/** Gives volumes to their owner, and ends. */
const ONE_SHOT = 'volume-owner';

async function failureText(compose: Compose, problem: string, tail: readonly string[]): Promise<string> {
  const containers = await compose.containers().catch(() => []);
  const blocks = [`The cluster did not come up: docker compose up ${problem}.`, ...tail.slice(-3)];
  for (const container of containers.filter(isBad))
    blocks.push(
      `${container.service} ${describe(container)}. The end of its log:`,
      await compose.log(container.service, LOG_LINES),
    );
  if (/port is already allocated|address already in use/.test(tail.join('\n')))
    blocks.push('A port is taken: stop the program that has it, or choose others in .env (see .env.example).');
  blocks.push('What is up stays up: `npm run cluster -- up` goes on from there, `npm run cluster -- down` ends it.');
  return blocks.join('\n');
}

const isBad = ({ service, state, health, exitCode }: Container): boolean =>
  health === 'unhealthy' ||
  (service === ONE_SHOT ? state === 'exited' && exitCode !== 0 : state !== 'running' && state !== 'created');

const describe = ({ state, health, exitCode }: Container): string =>
  state === 'exited' ? `exited with code ${exitCode}` : `is ${health === 'unhealthy' ? health : state}`;

interface StartWatch {
  /** Milliseconds until ready, by container and its start. */
  readonly startUps: Record<string, number>;
  end(): Promise<void>;
}

/** Looks which containers come up while compose works, and when each node that starts becomes ready. */
function watchStart(compose: Compose, before: readonly Container[], detail: Detail): StartWatch {
  const startUps: Record<string, number> = {};
  const running = new Set(before.filter(({ state }) => state === 'running').map(({ id }) => id));
  const seen = new Map<string, Promise<void>>();
  let done = false;
  const look = async () => {
    for (; !done; await sleep(POLL_MS)) {
      const containers = await compose.containers().catch(() => []);
      detail(tiers(containers));
      for (const it of containers.filter(
        ({ service, state, id }) => isNode(service) && state === 'running' && !running.has(id),
      ))
        if (!seen.has(it.id) && it.ports.has(NODE_PORT)) seen.set(it.id, ready(it));
    }
  };
  const ready = async (container: Container) => {
    const startedAt = await startOf(compose, container);
    const url = urlOf(container);
    while (!(await answersReady(url))) {
      if (done) return;
      await sleep(50);
    }
    startUps[startKey(container, startedAt)] = Date.now() - Date.parse(startedAt);
  };
  const looking = look();
  return {
    startUps,
    async end() {
      // A node that compose found healthy just now has one more look to come.
      await sleep(POLL_MS);
      done = true;
      await looking;
      await Promise.all(seen.values());
    },
  };
}

/** How many of each tier are healthy: `pd 3/3, tikv 1/3, surreal 0/3`. */
function tiers(containers: readonly Container[]): string {
  const parts = ['pd', 'tikv', 'surreal'].map((tier) => {
    const all = containers.filter(({ service }) => service.startsWith(`${tier}-`));
    return `${tier} ${all.filter(({ health }) => health === 'healthy').length}/${all.length}`;
  });
  return parts.join(', ');
}

const isNode = (service: string): boolean => /^surreal-\d+$/.test(service);
/** Where the node in a container answers on loopback. */
export const urlOf = ({ ports }: Container): string => `http://127.0.0.1:${ports.get(NODE_PORT)}`;
const startKey = ({ id }: Container, startedAt: string): string => `${id.slice(0, 12)}@${startedAt}`;

async function startOf(compose: Compose, { id }: Container): Promise<string> {
  const { stdout } = await compose.docker(['inspect', '--format', '{{.State.StartedAt}}', id]);
  return stdout.trim();
}

async function clusterOf(
  compose: Compose,
  credentials: Credentials,
  env: NodeJS.ProcessEnv,
  known?: readonly Container[],
): Promise<Cluster> {
  const containers = known ?? (await compose.containers());
  const remembered = await startUpsOf(env);
  const nodes = containers.filter(({ service }) => isNode(service));
  const pd = containers.find(({ service }) => service === 'pd-1')?.ports.get(PD_PORT);
  const prometheus = containers.find(({ service }) => service === 'prometheus')?.ports.get(PROMETHEUS_PORT);
  const count = (tier: string) => containers.filter(({ service }) => service.startsWith(`${tier}-`)).length;
  return {
    kind: 'compose',
    description: `${nodes.length} SurrealDB, ${count('pd')} PD and ${count('tikv')} TiKV in containers`,
    nodes: await Promise.all(nodes.map((container) => nodeOf(compose, container, remembered))),
    pd: pd === undefined ? undefined : `http://127.0.0.1:${pd}`,
    problems: containers.filter((it) => isBad(it) && !isNode(it.service)).map((it) => `${it.service} ${describe(it)}`),
    ...(prometheus === undefined ? {} : { prometheus: `http://127.0.0.1:${prometheus}` }),
    credentials,
    deathsSince: (time) => containerDeaths(compose, time),
  };
}

async function nodeOf(
  compose: Compose,
  container: Container,
  remembered: Readonly<Record<string, number>>,
): Promise<ClusterNode> {
  const name = container.service;
  if (!container.ports.has(NODE_PORT)) return { name, url: '', down: `its container ${describe(container)}` };
  const startUp = remembered[startKey(container, await startOf(compose, container))];
  const pid = await pidOf(compose, container);
  return {
    name,
    url: urlOf(container),
    ...(startUp === undefined ? {} : { startUp }),
    ...(pid === undefined ? {} : { pid }),
  };
}

/** The server's process, where containers are processes of this machine: not so in a virtual machine such as Docker Desktop's. */
async function pidOf(compose: Compose, { id }: Container): Promise<number | undefined> {
  const { stdout } = await compose.docker(['inspect', '--format', '{{.State.Pid}}', id]);
  const pid = Number(stdout.trim());
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return name.trim() === 'surreal' ? pid : undefined;
}

/** Those of .env or the environment; without them, `docker compose up` used the public ones. */
async function credentialsOfVolumes(env: NodeJS.ProcessEnv): Promise<Credentials> {
  return (await knownCredentials(env)) ?? { user: 'root', pass: 'root' };
}

async function signInToVolumes(url: string, credentials: Credentials): Promise<void> {
  await signIn(url, credentials).catch((error: Error) => {
    throw new Failure(
      `${error.message}\nThe cluster is up, but its data were made with another root password than .env or the environment has. Put that one into .env (it was root/root where the cluster was first brought up without .env), or delete the data: npm run cluster -- wipe`,
    );
  });
}

const START_UPS = v.record(v.string(), v.number());
const startUpsFile = (env: NodeJS.ProcessEnv): string => join(cacheFolder(env), 'compose-start-ups.json');

async function startUpsOf(env: NodeJS.ProcessEnv): Promise<Record<string, number>> {
  const text = await readFile(startUpsFile(env), 'utf8').catch(() => '{}');
  return v.parse(START_UPS, JSON.parse(text));
}

/** A later command can no longer see how long a start took. */
async function remember(startUps: Readonly<Record<string, number>>, env: NodeJS.ProcessEnv): Promise<void> {
  if (Object.keys(startUps).length === 0) return;
  await mkdir(cacheFolder(env), { recursive: true });
  await writeJson(startUpsFile(env), { ...(await startUpsOf(env)), ...startUps });
}
