import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';

const run = promisify(execFile);

/** The last line of what docker said, where it failed. */
async function failureOf(...args: string[]): Promise<string | undefined> {
  try {
    await run('docker', args, { cwd: PROJECT_ROOT });
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? 'failed') : String(error);
  }
}

const noCompose = await failureOf('compose', 'version');

/** Why tests of the compose files are skipped. */
export const NO_COMPOSE =
  noCompose !== undefined && `SKIPPED: docker compose is not here, so no compose file was tested (${noCompose})`;

async function missing(...services: string[]): Promise<string | false> {
  if (NO_COMPOSE) return NO_COMPOSE;
  const noDaemon = await failureOf('version', '--format', '{{.Server.Version}}');
  if (noDaemon !== undefined)
    return `SKIPPED: no Docker daemon answers, so the compose cluster was not tested (${noDaemon})`;
  const args = ['compose', '--env-file', '/dev/null', '--profile', '*', 'config', '--images', ...services];
  const { stdout } = await run('docker', args, { cwd: PROJECT_ROOT });
  for (const image of new Set(stdout.trim().split('\n')))
    if ((await failureOf('image', 'inspect', image)) !== undefined)
      return `SKIPPED: the image ${image} is not here, so the compose cluster was not tested`;
  return false;
}

/** Why tests of the cluster in containers are skipped. */
export const NO_CLUSTER = await missing('surreal-1');
/** Why tests of its monitoring are skipped. */
export const NO_PROMETHEUS = NO_CLUSTER || (await missing('prometheus'));
