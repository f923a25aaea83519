// What our client costs: scenario `writes` against the barest k6 script that sends the same bytes, on one server, in
// interleaved rounds, so that a slower moment of the machine meets all of them.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pidusage from 'pidusage';
import { $ } from 'zx';
import type { RunSummary } from '../lib/core/summary.ts';
import { Child } from '../lib/node/child.ts';
import { garbageCollection } from '../lib/node/load/garbage.ts';
import { PROJECT_ROOT } from '../lib/node/paths.ts';
import { findK6 } from '../lib/node/programs/program.ts';
import { terminalProgress } from '../lib/node/progress.ts';
import { signIn } from '../lib/node/targets/http.ts';
import { resolveTarget } from '../lib/node/targets/resolve.ts';
import type { Target } from '../lib/node/targets/target.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const VUS = 16;
const WARM_UP_S = 2;
const DURATION_S = 6;

/** CPU is taken over this part of k6's run, in the midst of the load: its start, warm-up and a pause come before. */
const CPU_FROM_MS = (WARM_UP_S + 3) * 1000;
const CPU_SECONDS = DURATION_S - 2;

interface Measurement {
  readonly perSecond: number;
  /** Microseconds of k6's CPU for one request, in the midst of the load. */
  readonly cpu: number;
}

type Arm = (folder: string) => Promise<Measurement>;

const progress = terminalProgress();
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
const k6 = await findK6(progress);
await $({ cwd: PROJECT_ROOT, quiet: true })`node build.mjs`;
const target = await resolveTarget(
  { choice: 'auto', nodes: undefined, store: undefined, nodeCount: undefined, port: 0 },
  { progress, logs: folder, signal: new AbortController().signal },
);
progress.say(`${target.description}; k6 ${k6.version}; ${ROUNDS} rounds of ${DURATION_S} s with ${VUS} users`);

try {
  const arms: Record<string, Arm> = {
    barest: (where) => barest(target, where),
    writes: (where) => writes(target, where, false),
    'writes with history': (where) => writes(target, where, true),
  };
  const results = new Map<string, Measurement[]>(Object.keys(arms).map((name) => [name, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    // Forwards, then backwards: whoever is first has no advantage.
    const order = Object.entries(arms);
    if (round % 2 === 0) order.reverse();
    for (const [name, arm] of order) {
      const result = await arm(folder);
      results.get(name)?.push(result);
      progress.say(
        `round ${round}: ${name}: ${result.perSecond.toFixed(0)}/s, ${result.cpu.toFixed(0)} µs CPU a request`,
      );
    }
  }
  const base = results.get('barest') ?? [];
  for (const [name, measured] of results) {
    const ratios = (pick: (it: Measurement) => number) =>
      measured.map((it, round) => pick(it) / pick(base[round] ?? it)).sort((a, b) => a - b);
    console.log(
      `${name.padEnd(20)} requests/s ${ratioText(ratios((it) => it.perSecond))}   CPU a request ${ratioText(ratios((it) => it.cpu))}`,
    );
  }
} finally {
  await target.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);

function ratioText(sorted: readonly number[]): string {
  const [least = 1] = sorted;
  const median = sorted[Math.floor(sorted.length / 2)] ?? 1;
  return `× ${median.toFixed(3)} of the barest (${least.toFixed(3)}–${(sorted.at(-1) ?? 1).toFixed(3)})`;
}

async function writes(on: Target, where: string, history: boolean): Promise<Measurement> {
  const summaryFile = join(where, 'summary.json');
  const env = {
    SURREAL_NODES: on.nodes[0]?.url ?? '',
    SURREAL_USER: on.credentials.user,
    SURREAL_PASS: on.credentials.pass,
    LOAD_PROFILE: 'smoke',
    LOAD_VUS: String(VUS),
    LOAD_DURATION: `${DURATION_S}s`,
    LOAD_HISTORY: String(history),
    LOAD_SUMMARY: summaryFile,
  };
  const args = history ? ['--log-format=raw', `--console-output=${join(where, 'history.ndjson')}`] : [];
  const cpu = await runK6([...args, join(PROJECT_ROOT, 'dist/writes.js')], env, where);
  const { phases } = JSON.parse(await readFile(summaryFile, 'utf8')) as RunSummary;
  return measurement(phases[0]?.perSecond ?? 0, cpu);
}

async function barest(on: Target, where: string): Promise<Measurement> {
  const url = on.nodes[0]?.url ?? '';
  const token = await signIn(url, on.credentials);
  const namespace = `load_bench_${Date.now()}`;
  const send = (body: string) =>
    fetch(`${url}/sql`, {
      method: 'POST',
      headers: { Accept: 'application/json', Authorization: `Bearer ${token}` },
      body,
    }).then((response) => response.text());
  const schema = await readFile(join(PROJECT_ROOT, 'schemas/writes.surql'), 'utf8');
  await send(`DEFINE NAMESPACE ${namespace}; USE NS ${namespace}; DEFINE DATABASE load; USE DB load; ${schema}`);
  const summaryFile = join(where, 'barest.json');
  const env = {
    URL: url,
    TOKEN: token,
    NAMESPACE: namespace,
    VUS: String(VUS),
    WARM_UP: `${WARM_UP_S}s`,
    DURATION: `${DURATION_S}s`,
    SUMMARY: summaryFile,
  };
  const cpu = await runK6([join(PROJECT_ROOT, 'bench/barest.js')], env, where);
  await send(`REMOVE NAMESPACE ${namespace}`);
  const { requests } = JSON.parse(await readFile(summaryFile, 'utf8')) as { requests: number };
  return measurement(requests / DURATION_S, cpu);
}

function measurement(perSecond: number, cpu: number): Measurement {
  return { perSecond, cpu: (cpu * 1e6) / perSecond };
}

/** @returns seconds of CPU that k6 used in a second of the load */
async function runK6(args: readonly string[], env: Record<string, string>, where: string): Promise<number> {
  const child = await Child.start([...k6.command({ env }), 'run', '--quiet', ...args], {
    env: { ...env, ...garbageCollection(1), K6_NO_USAGE_REPORT: 'true' },
    log: join(where, 'k6.log'),
    signal: 'SIGINT',
  });
  await sleep(CPU_FROM_MS);
  const before = await pidusage(child.pid);
  await sleep(CPU_SECONDS * 1000);
  const after = await pidusage(child.pid);
  const { code } = await child.exited;
  if (code !== 0 && code !== 99) throw new Error(`k6 ended with exit code ${code}: see ${where}`);
  return (after.ctime - before.ctime) / (after.timestamp - before.timestamp);
}
