import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { NodeDeath } from '../../core/verdict/node-deaths.ts';
import { freshCredentials } from '../access/credentials.ts';
import { Failure } from '../cli/errors.ts';
import type { Child } from '../process/child.ts';
import { lastLines } from '../system/files.ts';
import { NODE_ARGUMENTS, PROJECT_ROOT, WORK_FOLDER } from '../system/paths.ts';
import { DEFAULT_PORT, portsFrom } from './ports.ts';
import type { StartContext, Target, TargetRequest } from './target.ts';
import { startWatched } from './watched-process.ts';

const NODES = 3;

/** SurrealDB's engine in a Node process of its own, behind HTTP on several loopback ports. It needs npm alone. */
export async function startEmbedded(request: TargetRequest, context: StartContext): Promise<Target> {
  const ports = await portsFrom(request.port ?? DEFAULT_PORT, request.nodeCount ?? NODES);
  const credentials = freshCredentials();
  const log = join(context.logs, 'embedded.log');
  const started = Date.now();
  const deaths: NodeDeath[] = [];
  const process = await startProcess(ports, credentials, log, deaths);
  try {
    const { nodes, version } = await readyLine(process, log, context.signal);
    const startUp = Date.now() - started;
    return {
      kind: 'embedded',
      description: `${nodes.length} HTTP ports over one embedded engine (${version}, in memory)`,
      notes: [
        'Single engine: what is read on another port comes from the same engine, so nothing between nodes is tested.',
        'The embedded engine has no GraphQL, and is not the server. `npm run setup` tells how to get `surreal`.',
      ],
      nodes: nodes.map((url, index) => ({ name: `surreal-${index + 1}`, url, startUp, process, deaths })),
      credentials,
      version,
      singleEngine: true,
      hasGraphql: false,
      dataInNodes: true,
      stop: () => process.stop(),
    };
  } catch (error) {
    await process.stop();
    throw error;
  }
}

function startProcess(
  ports: readonly number[],
  credentials: Target['credentials'],
  log: string,
  deaths: NodeDeath[],
): Promise<Child> {
  const main = join(PROJECT_ROOT, 'lib/node/embedded/main.ts');
  const env = { EMBEDDED_PORTS: ports.join(','), SURREAL_USER: credentials.user, SURREAL_PASS: credentials.pass };
  const options = { env, log, pipeOutput: true, cwd: WORK_FOLDER };
  return startWatched([process.execPath, ...NODE_ARGUMENTS, main], options, deaths);
}

const START_LIMIT_MS = 30_000;

async function readyLine(
  child: Child,
  log: string,
  signal: AbortSignal,
): Promise<{ nodes: string[]; version: string }> {
  const { stdout } = child.process;
  if (stdout === null) throw new Failure('The embedded engine has no output to read.');
  const lines = createInterface({ input: stdout });
  const line = await new Promise<string | undefined>((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), START_LIMIT_MS);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    lines.once('line', (text) => {
      clearTimeout(timer);
      resolve(text);
    });
    child.exited.then(() => resolve(undefined));
  });
  if (line === undefined)
    throw new Failure(`The embedded engine did not start. The end of its log:\n${await lastLines(log)}`);
  return JSON.parse(line) as { nodes: string[]; version: string };
}
