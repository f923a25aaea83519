// What our client costs: scenario `writes` against the barest k6 script that sends the same bytes, on one server: in
// interleaved rounds, each alone, and then side by side, so that a slower moment of the machine meets all of them alike.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSummary } from '../lib/core/summary.ts';
import { PROJECT_ROOT } from '../lib/node/paths.ts';
import { signIn } from '../lib/node/targets/http.ts';
import { onWorkbench, runWatched, type Workbench } from './workbench.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const VUS = 16;
const WARM_UP_S = 2;
const DURATION_S = 6;

/** CPU is taken over this part of k6's run, in the midst of the load: its start, warm-up and a pause come before. */
const WATCHED = { from: (WARM_UP_S + 3) * 1000, length: (DURATION_S - 2) * 1000 };

interface Measurement {
  readonly perSecond: number;
  /** Microseconds of k6's CPU for one request, in the midst of the load. */
  readonly cpu: number;
}

type Arm = (bench: Workbench, users: number) => Promise<Measurement>;
type Results = Readonly<Record<string, Measurement>>;

const ARMS: Readonly<Record<string, Arm>> = {
  barest,
  writes: (bench, users) => writes(bench, users, false),
  'writes with history': (bench, users) => writes(bench, users, true),
};
const NAMES = Object.keys(ARMS);

await onWorkbench({ choice: 'auto', store: undefined }, async (bench) => {
  const { target, k6, progress } = bench;
  progress.say(`${target.description}; k6 ${k6.version}; ${ROUNDS} rounds of ${DURATION_S} s with ${VUS} users`);
  const alone: Results[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const results: Record<string, Measurement> = {};
    // Forwards, then backwards: whoever is first has no advantage.
    for (const name of round % 2 === 0 ? [...NAMES].reverse() : NAMES) {
      results[name] = await measure(name, VUS);
      progress.say(`round ${round}: ${name}: ${text(results[name])}`);
    }
    alone.push(results);
  }
  const together: Results[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const users = Math.floor(VUS / NAMES.length);
    const results = await Promise.all(NAMES.map(async (name) => [name, await measure(name, users)] as const));
    progress.say(`side by side, round ${round}: ${results.map(([name, it]) => `${name}: ${text(it)}`).join('; ')}`);
    together.push(Object.fromEntries(results));
  }
  // Side by side, whoever answers slowly is waited for by all, so that requests a second say little.
  for (const name of NAMES) {
    console.log(`${name.padEnd(20)} requests/s, one at a time     ${ratioText(alone, name, 'perSecond')}`);
    console.log(`${''.padEnd(20)} CPU a request, side by side  ${ratioText(together, name, 'cpu')}`);
  }

  async function measure(name: string, users: number): Promise<Measurement> {
    const folder = join(bench.folder, name);
    await mkdir(folder, { recursive: true });
    return (ARMS[name] as Arm)({ ...bench, folder }, users);
  }
});
process.exit(0);

function text({ perSecond, cpu }: Measurement): string {
  return `${perSecond.toFixed(0)}/s, ${cpu.toFixed(0)} µs CPU a request`;
}

function ratioText(rounds: readonly Results[], name: string, of: keyof Measurement): string {
  const sorted = rounds.map((it) => (it[name]?.[of] ?? 1) / (it.barest?.[of] ?? 1)).sort((a, b) => a - b);
  const [least = 1] = sorted;
  const median = sorted[Math.floor(sorted.length / 2)] ?? 1;
  return `× ${median.toFixed(3)} of the barest (${least.toFixed(3)}–${(sorted.at(-1) ?? 1).toFixed(3)})`;
}

async function writes(bench: Workbench, users: number, history: boolean): Promise<Measurement> {
  const { target: on, folder: where } = bench;
  const summaryFile = join(where, 'summary.json');
  const env = {
    SURREAL_NODES: on.nodes[0]?.url ?? '',
    SURREAL_USER: on.credentials.user,
    SURREAL_PASS: on.credentials.pass,
    LOAD_PROFILE: 'smoke',
    LOAD_VUS: String(users),
    LOAD_DURATION: `${DURATION_S}s`,
    LOAD_HISTORY: String(history),
    LOAD_SUMMARY: summaryFile,
  };
  const args = history ? ['--log-format=raw', `--console-output=${join(where, 'history.ndjson')}`] : [];
  const used = await runWatched(bench, { args: [...args, join(PROJECT_ROOT, 'dist/writes.js')], env, ...WATCHED });
  const { phases } = JSON.parse(await readFile(summaryFile, 'utf8')) as RunSummary;
  return measurement(phases[0]?.perSecond ?? 0, used[0]?.cpu ?? 0);
}

async function barest(bench: Workbench, users: number): Promise<Measurement> {
  const { target: on, folder: where } = bench;
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
    VUS: String(users),
    WARM_UP: `${WARM_UP_S}s`,
    DURATION: `${DURATION_S}s`,
    SUMMARY: summaryFile,
  };
  const used = await runWatched(bench, { args: [join(PROJECT_ROOT, 'bench/barest.js')], env, ...WATCHED });
  await send(`REMOVE NAMESPACE ${namespace}`);
  const { requests } = JSON.parse(await readFile(summaryFile, 'utf8')) as { requests: number };
  return measurement(requests / DURATION_S, used[0]?.cpu ?? 0);
}

function measurement(perSecond: number, cpu: number): Measurement {
  return { perSecond, cpu: (cpu * 1e6) / perSecond };
}
