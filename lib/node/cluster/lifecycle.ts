import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Failure } from '../cli/errors.ts';
import type { Cluster, ClusterKind, UpContext } from './cluster.ts';
import { Compose, type Variant } from './compose-cli.ts';
import { composeCluster, downCompose, upCompose, wipeCompose } from './compose-cluster.ts';
import { downNative, nativeCluster, nativeLogs, upNative, wipeNative } from './native-cluster.ts';

/** The cluster of ours that is up, native before compose; undefined if there is none. */
export async function runningCluster(env: NodeJS.ProcessEnv, kind?: ClusterKind): Promise<Cluster | undefined> {
  const native = kind === 'compose' ? undefined : await nativeCluster(env);
  return native ?? (kind === 'native' ? undefined : await composeCluster(env));
}

export interface UpRequest {
  readonly kind: ClusterKind;
  readonly store: string | undefined;
  readonly nodeCount: number | undefined;
  readonly port: number | undefined;
  readonly variants: readonly Variant[];
  readonly monitoring: boolean;
}

/** Brings a cluster up, or what is missing of it. */
export const up = (request: UpRequest, context: UpContext): Promise<Cluster> =>
  request.kind === 'native' ? upNative(request, context) : upCompose(request, context);

/** The kinds that a command is about: the one that was named, else all that can be there. */
async function kindsOf(kind: ClusterKind | undefined, env: NodeJS.ProcessEnv): Promise<ClusterKind[]> {
  if (kind !== undefined) return [kind];
  const docker = await Compose.find(env).catch(() => undefined);
  return docker === undefined ? ['native'] : ['native', 'compose'];
}

/** Ends what is up and keeps the data. @returns what was ended */
export async function down(kind: ClusterKind | undefined, context: UpContext): Promise<ClusterKind[]> {
  const ended: ClusterKind[] = [];
  for (const each of await kindsOf(kind, context.env))
    if (each === 'native' ? await downNative(context.env) : await downCompose(context.env, context)) ended.push(each);
  return ended;
}

/** Ends what is up and deletes its data. @returns what is still there and why, each in a sentence */
export async function wipe(kind: ClusterKind | undefined, context: UpContext): Promise<string[]> {
  const left: string[] = [];
  for (const each of await kindsOf(kind, context.env)) {
    if (each === 'compose') await wipeCompose(context.env, context);
    else left.push(...[await wipeNative(context.env)].flatMap((reason) => reason ?? []));
  }
  return left;
}

/** Shows what the nodes, and in containers the stores as well, have written. @returns exit code */
export async function logs(
  kind: ClusterKind | undefined,
  { services, lines, follow }: { services: readonly string[]; lines: string; follow: boolean },
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const files = kind === 'compose' ? [] : await nativeLogs(env);
  const argv: readonly [string, ...string[]] =
    files.length > 0
      ? ['tail', '-n', lines, ...(follow ? ['-F'] : []), ...chosen(files, services)]
      : (await Compose.find(env)).argv(['logs', '--tail', lines, ...(follow ? ['--follow'] : []), ...services]);
  const [program, ...args] = argv;
  const [code] = await once(spawn(program, args, { stdio: 'inherit', env }), 'close');
  return code === null ? 0 : Number(code);
}

function chosen(files: readonly string[], services: readonly string[]): string[] {
  const found = files.filter((file) => services.length === 0 || services.some((name) => file.endsWith(`/${name}.log`)));
  if (found.length > 0) return found;
  throw new Failure(`There is no log of ${services.join(', ')}. Nodes are called surreal-1, surreal-2, …`);
}
