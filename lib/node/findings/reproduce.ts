import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';
import type { CheckVerdict } from '../../core/checkers/shared/check-verdict.ts';
import type { Progress } from '../cli/progress.ts';
import { PROJECT_ROOT } from '../system/paths.ts';
import { resolveTarget } from '../targets/resolve.ts';
import { FINDINGS_FOLDER, type Finding } from './finding.ts';

/** `not run`: the target at hand cannot show it. */
export type FindingState = 'seen' | 'not seen' | 'not run';

export interface Reproduction {
  readonly finding: Finding;
  readonly state: FindingState;
  /** What was seen, or why it was not run. */
  readonly detail: string;
}

interface Surroundings {
  /** Addresses of a cluster that runs; without them a node is started for each finding. */
  readonly nodes: string | undefined;
  /** A TiKV (tikv://HOST:PORT) over which nodes are started for the findings that need several, or faults. */
  readonly store: string | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Runs what shows a finding once. */
export function reproduce(finding: Finding, around: Surroundings): Promise<Reproduction> | Reproduction {
  const missing = missingFor(finding, around);
  if (missing !== undefined) return { finding, state: 'not run', detail: missing };
  if ('byHand' in finding) return { finding, state: 'not run', detail: `by hand: ${finding.byHand}` };
  return 'load' in finding ? runLoad(finding, around) : runScript(finding, around);
}

function missingFor({ on }: Finding, { nodes, store }: Surroundings): string | undefined {
  if (store !== undefined) return undefined;
  if (on === 'store') return 'needs --store tikv://HOST:PORT';
  if (on === 'cluster' && (nodes?.split(',').length ?? 0) < 2) return 'needs --nodes URL,URL of a cluster, or --store';
  return undefined;
}

/** What carries the nodes that are started for a finding, and on what they keep their data. */
function ownNodes({ on }: Finding, { store }: Surroundings): { choice: 'embedded' | 'native'; store?: string } {
  if (on === 'embedded') return { choice: 'embedded' };
  return { choice: 'native', store: on === 'memory' ? on : (store ?? 'memory') };
}

/** As `npm run load`: the checkers' verdict decides, and a broken limit of speed does not matter. */
async function runLoad(finding: Finding & { load: string }, around: Surroundings): Promise<Reproduction> {
  const { choice, store } = ownNodes(finding, around);
  const own = ['--target', choice, ...(store === undefined ? [] : ['--store', store]), '--port', '0'];
  const target = finding.on === 'cluster' && around.nodes !== undefined ? ['--nodes', around.nodes] : own;
  const script = join(PROJECT_ROOT, 'scripts', 'load.ts');
  const args = [...finding.load.split(' '), ...target];
  const { stdout, stderr } = await $({
    cwd: PROJECT_ROOT,
    signal: around.signal,
    quiet: true,
    nothrow: true,
  })`${process.execPath} --import tsx ${script} ${args}`;
  const folder = /^Results: (.+)$/m.exec(stdout)?.[1];
  if (folder === undefined) return { finding, state: 'not run', detail: lastLine(stderr) };
  const { checks = [] } = JSON.parse(await readFile(join(PROJECT_ROOT, folder, 'verdict.json'), 'utf8')) as {
    checks?: CheckVerdict[];
  };
  const found = checks.flatMap(({ anomalies }) => anomalies).find(({ kind }) => kind === finding.expects);
  return found === undefined
    ? { finding, state: 'not seen', detail: checks.map(({ explanation }) => explanation).join(' ') }
    : { finding, state: 'seen', detail: `${found.kind} × ${found.count}: ${found.first.message}` };
}

async function runScript(finding: Finding & { script: string }, around: Surroundings): Promise<Reproduction> {
  if (around.nodes !== undefined) return callScript(finding, around, around.nodes, {});
  const logs = await mkdtemp(join(tmpdir(), 'finding-'));
  try {
    const request = { store: undefined, nodes: undefined, nodeCount: undefined, port: 0, ...ownNodes(finding, around) };
    const target = await resolveTarget(request, { ...around, logs });
    try {
      const { user, pass } = target.credentials;
      const urls = target.nodes.map(({ url }) => url).join(',');
      return await callScript(finding, around, urls, { SURREAL_USER: user, SURREAL_PASS: pass });
    } finally {
      await target.stop();
    }
  } finally {
    await rm(logs, { recursive: true, force: true });
  }
}

const SEEN = 99;
/** Node 20 has WebSocket behind a flag. */
const NODE_FLAGS = 'WebSocket' in globalThis ? [] : ['--experimental-websocket'];

async function callScript(
  finding: Finding & { script: string },
  { signal }: Surroundings,
  nodes: string,
  credentials: Readonly<Record<string, string>>,
): Promise<Reproduction> {
  const env = { ...process.env, ...credentials, NODES: nodes };
  const file = join(FINDINGS_FOLDER, finding.script);
  const { exitCode, stdout, stderr } = await $({
    env,
    signal,
    quiet: true,
    nothrow: true,
  })`${process.execPath} ${NODE_FLAGS} ${file}`;
  if (exitCode !== SEEN && exitCode !== 0) return { finding, state: 'not run', detail: lastLine(stderr) };
  return { finding, state: exitCode === SEEN ? 'seen' : 'not seen', detail: lastLine(stdout) };
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
