import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { Failure } from '../cli/errors.ts';
import { type Progress, spinning } from '../cli/progress.ts';
import { writeJson } from '../system/files.ts';
import { cacheFolder } from '../system/paths.ts';
import { type Compose, type Container, portSetting } from './compose-cli.ts';

/** Files of compose that a container was made from, separated by commas. */
const FILES_LABEL = 'com.docker.compose.project.config_files';

const DETAILS = v.object({
  Config: v.object({ Env: v.array(v.string()), Labels: v.record(v.string(), v.string()) }),
  State: v.object({ StartedAt: v.string() }),
});

/** Why no container can be made of an image; undefined if one can. Pulls an image that is missing. */
export async function imageProblem(image: string, compose: Compose, progress: Progress): Promise<string | undefined> {
  const { problem: missing } = await compose.docker(['image', 'inspect', '--format', '{{.Id}}', image]);
  if (missing === undefined) return undefined;
  const pull = () => compose.docker(['pull', '--quiet', image]);
  const { problem, tail } = await spinning(progress, `Pulling ${image}`, pull);
  return problem === undefined ? undefined : `there is no image ${image}: ${tail.at(-1) ?? `docker pull ${problem}`}`;
}

/**
 * Replaces a container of a node by one of another image with the same name, ports, networks and environment.
 * @returns it, and when it was started (milliseconds since 1970)
 * @throws Failure with what compose said
 */
export async function replaceContainer(
  { id, service, ports }: Container,
  image: string,
  compose: Compose,
  env: NodeJS.ProcessEnv,
): Promise<{ container: Container; started: number }> {
  const { Config } = await compose.inspect(id, DETAILS);
  const files = [...(Config.Labels[FILES_LABEL] ?? '').split(','), await imageFile({ service, image }, env)];
  const args = [...new Set(files)].flatMap((file) => ['--file', file]);
  // compose.yml takes them from variables of the same names.
  const asBefore = compose.with({
    ...Object.fromEntries(Config.Env.map(settingOf).filter(([name]) => name.startsWith('SURREAL_'))),
    ...Object.fromEntries([...ports.values()].map((port) => [portSetting(service), String(port)])),
  });
  const { problem, tail } = await asBefore.call([...args, 'up', '--detach', '--no-deps', service]);
  if (problem !== undefined) throw new Failure(`docker compose up ${service} ${problem}: ${tail.slice(-3).join('\n')}`);
  const container = (await compose.containers()).find((it) => it.service === service);
  if (container === undefined) throw new Failure(`${service} has no container after docker compose up.`);
  const { State } = await compose.inspect(container.id, DETAILS);
  return { container, started: Date.parse(State.StartedAt) };
}

/** `NAME=VALUE`, of which the value may hold more of `=`. */
function settingOf(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** A file of compose with the image of one service. @returns its path */
async function imageFile(
  { service, image }: { readonly service: string; readonly image: string },
  env: NodeJS.ProcessEnv,
): Promise<string> {
  await mkdir(cacheFolder(env), { recursive: true });
  const path = join(cacheFolder(env), 'compose-image.json');
  await writeJson(path, { services: { [service]: { image } } });
  return path;
}
