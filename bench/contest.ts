// Scripts of k6 compared with one another on one server. All are under load at the same time, but one alone is awake: each for a
// second or two in turn, so that a slower moment of the machine meets all of them alike.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pidusage from 'pidusage';
import type { Protocol } from '../lib/core/protocols/protocols.ts';
import { statisticOf } from '../lib/core/verdict/measurements.ts';
import type { Child } from '../lib/node/process/child.ts';
import { portsFrom } from '../lib/node/targets/ports.ts';
import { startK6, type Workbench } from './workbench.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
/** Times that each is awake in a round, and for how long. */
const TURNS = 6;
const TURN_MS = 1500;
/** From waking one to watching it: answers that came while it slept are read first. */
const WAKING_MS = 200;
/** From the start of k6 to the midst of its load: set-up, warm-up and a pause come before. */
const START_MS = 8000;
/** Virtual users of each. */
export const VUS = 16;

/** What one script did while it was watched. */
interface Work {
  readonly requests: number;
  readonly seconds: number;
  /** Seconds of k6's CPU. */
  readonly cpu: number;
}

/** k6 under load by one of the scripts, asleep unless it is its turn. */
interface Contestant {
  readonly name: string;
  readonly child: Child;
  /** Of its REST API. */
  readonly port: number;
}

/** What each has done, by name. */
type Round = Readonly<Record<string, Work>>;

/** Arguments and environment of k6 for a script that runs for a duration. */
export type Command = (bench: Workbench, duration: string) => Promise<{ args: string[]; env: Record<string, string> }>;

/** Runs the rounds, and prints requests a second and CPU a request of each as ratios to those of the first. */
export async function compareScripts(bench: Workbench, commands: Readonly<Record<string, Command>>): Promise<void> {
  const { target, k6, progress } = bench;
  const [reference = '', ...others] = Object.keys(commands);
  const seconds = Math.round((TURNS * TURN_MS) / 1000);
  progress.say(`${target.description}; k6 ${k6.version}; ${ROUNDS} rounds of ${seconds} s each with ${VUS} users`);
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const done = await play(bench, commands);
    rounds.push(done);
    const texts = Object.entries(done).map(([name, it]) => `${name}: ${text(it)}`);
    progress.say(`round ${round}: ${texts.join('; ')}`);
  }
  const width = Math.max(...others.map(({ length }) => length));
  for (const name of others) {
    const ratio = (of: (work: Work) => number) => ratioText(rounds, name, reference, of);
    console.log(`${name.padEnd(width)}  requests/s     ${ratio(perSecond)}`);
    console.log(`${''.padEnd(width)}  CPU a request  ${ratio(cpuOfRequest)}`);
  }
}

/** Runs a scenario's bundle. @param history whether it records each operation, as a load does */
export const scenarioCommand =
  (
    bundle: string,
    { history, protocol = 'sql' }: { readonly history: boolean; readonly protocol?: Protocol },
  ): Command =>
  async ({ target, folder }, duration) => ({
    args: [...(history ? ['--log-format=raw', `--console-output=${join(folder, 'history.ndjson')}`] : []), bundle],
    env: {
      SURREAL_NODES: target.nodes[0]?.url ?? '',
      SURREAL_USER: target.credentials.user,
      SURREAL_PASS: target.credentials.pass,
      LOAD_PROFILE: 'smoke',
      LOAD_PROTOCOL: protocol,
      LOAD_VUS: String(VUS),
      LOAD_DURATION: duration,
      LOAD_HISTORY: String(history),
    },
  });

/** One round, by processes of its own: where in memory things lie makes one process several percent faster than the next. */
async function play(bench: Workbench, commands: Readonly<Record<string, Command>>): Promise<Round> {
  const contestants: Contestant[] = [];
  const done: Record<string, Work> = {};
  try {
    for (const [name, command] of Object.entries(commands))
      contestants.push(await start(bench, name, command, contestTime(commands)));
    for (let turn = 0; turn < TURNS; turn++)
      // Forwards, then backwards: whoever is first has no advantage.
      for (const it of turn % 2 === 0 ? contestants : [...contestants].reverse())
        done[it.name] = sum(done[it.name], await watch(it));
    return done;
  } finally {
    for (const { child } of contestants) {
      child.kill('SIGCONT');
      await child.stop();
    }
  }
}

function perSecond({ requests, seconds }: Work): number {
  return requests / seconds;
}

/** Microseconds. */
function cpuOfRequest({ cpu, requests }: Work): number {
  return (cpu / requests) * 1e6;
}

function text(work: Work): string {
  return `${perSecond(work).toFixed(0)}/s, ${cpuOfRequest(work).toFixed(0)} µs CPU a request`;
}

function sum(one: Work = { requests: 0, seconds: 0, cpu: 0 }, other: Work): Work {
  return {
    requests: one.requests + other.requests,
    seconds: one.seconds + other.seconds,
    cpu: one.cpu + other.cpu,
  };
}

function ratioText(rounds: readonly Round[], name: string, reference: string, of: (work: Work) => number): string {
  const ratios = rounds.flatMap(({ [reference]: one, [name]: its }) => (one && its ? [of(its) / of(one)] : []));
  const [median, least, most] = ['med', 'min', 'max'].map((statistic) => statisticOf(ratios, statistic).toFixed(3));
  return `× ${median} of ${reference} (${least}–${most})`;
}

/** Milliseconds that a script's load must last: all start one after the other, then take turns. */
const contestTime = (commands: Readonly<Record<string, Command>>): number =>
  Object.keys(commands).length * (START_MS + TURNS * (WAKING_MS + TURN_MS)) + 60_000;

async function start(bench: Workbench, name: string, command: Command, length: number): Promise<Contestant> {
  const folder = join(bench.folder, name);
  await mkdir(folder, { recursive: true });
  const its = { ...bench, folder };
  const { args, env } = await command(its, `${Math.ceil(length / 1000)}s`);
  const [port = 0] = await portsFrom(0, 1);
  const child = await startK6(its, [`--address=127.0.0.1:${port}`, ...args], env);
  await sleep(START_MS);
  if (!child.running) throw new Error(`k6 ended early:\n${await readFile(join(folder, 'k6.log'), 'utf8')}`);
  child.kill('SIGSTOP');
  return { name, child, port };
}

async function watch({ child, port }: Contestant): Promise<Work> {
  child.kill('SIGCONT');
  await sleep(WAKING_MS);
  const before = await look();
  await sleep(TURN_MS);
  const after = await look();
  child.kill('SIGSTOP');
  return {
    requests: after.requests - before.requests,
    seconds: (after.timestamp - before.timestamp) / 1000,
    cpu: (after.ctime - before.ctime) / 1000,
  };

  async function look() {
    const [requests, use] = await Promise.all([requestsSent(port), pidusage(child.pid)]);
    return { ...use, requests };
  }
}

/** k6's metrics of requests over HTTP and over WebSocket. */
const SENT = ['http_reqs', 'ws_msgs_sent'];

/** As k6's REST API returns it, which has no metric without a sample. */
async function requestsSent(port: number): Promise<number> {
  let sent = 0;
  for (const metric of SENT) {
    const response = await fetch(`http://127.0.0.1:${port}/v1/metrics/${metric}`);
    const { data } = (await response.json()) as { data?: { attributes: { sample: { count: number } } } };
    sent += data?.attributes.sample.count ?? 0;
  }
  return sent;
}
