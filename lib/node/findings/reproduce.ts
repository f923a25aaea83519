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
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Runs what shows a finding once. */
export function reproduce(finding: Finding, around: Surroundings): Promise<Reproduction> | Reproduction {
  if (finding.on === 'cluster' && (around.nodes?.split(',').length ?? 0) < 2)
    return { finding, state: 'not run', detail: 'needs --nodes URL,URL of a cluster' };
  return 'load' in finding ? runLoad(finding, around) : runScript(finding, around);
}

const TARGET_FLAGS = {
  memory: ['--target', 'native', '--store', 'memory'],
  embedded: ['--target', 'embedded'],
} as const;

/** As `npm run load`: the checkers' verdict decides, and a broken limit of speed does not matter. */
async function runLoad(finding: Finding & { load: string }, { nodes, signal }: Surroundings): Promise<Reproduction> {
  const target = finding.on === 'cluster' ? ['--nodes', nodes ?? ''] : TARGET_FLAGS[finding.on];
  const script = join(PROJECT_ROOT, 'scripts', 'load.ts');
  const args = [...finding.load.split(' '), ...target];
  const { stdout, stderr } = await $({
    cwd: PROJECT_ROOT,
    signal,
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
    const request = { nodes: undefined, nodeCount: undefined, port: 0, choice: 'native', store: 'memory' } as const;
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
  })`${process.execPath} ${file}`;
  if (exitCode !== SEEN && exitCode !== 0) return { finding, state: 'not run', detail: lastLine(stderr) };
  return { finding, state: exitCode === SEEN ? 'seen' : 'not seen', detail: lastLine(stdout) };
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
