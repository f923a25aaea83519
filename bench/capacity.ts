// What a generator takes: CPU, bytes and memory for each protocol, on one server in memory; and what follows from it for
// rates that no one machine can send. docs/evidence/capacity.md quotes it.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import table from 'text-table';
import { capacityFor, type GeneratorMemory, HEADROOM, memoryOf, type RequestCost } from '../lib/core/load/capacity.ts';
import { PROTOCOLS, type Protocol } from '../lib/core/protocols/protocols.ts';
import { statisticOf } from '../lib/core/verdict/measurements.ts';
import type { RunSummary } from '../lib/core/verdict/summary.ts';
import { compressHistory, eachOperation } from '../lib/node/load/history/history-file.ts';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';
import { onWorkbench, runWatched, type Workbench } from './workbench.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 2);
const FEW = 10;
const MANY = 200;
const DURATION_S = 7;
/** Profile smoke warms up for two seconds and lets operations end for two more; k6 starts in one. */
const WATCHED = { from: 6000, length: 4000 };
/** Machines that a user may have for generators. */
const MACHINE = { cores: 8 };
const RATES = [10_000, 100_000, 1_000_000];

interface Measurement extends RequestCost {
  readonly perSecond: number;
  /** Bytes of k6 while it loads. */
  readonly memory: number;
}

await onWorkbench({ choice: 'native', store: 'memory' }, async (bench) => {
  const { target, k6, progress } = bench;
  progress.say(
    `${target.description}; k6 ${k6.version}; scenario crud, ${ROUNDS} rounds of ${DURATION_S} s a protocol`,
  );
  const costs = new Map<Protocol, Measurement[]>(PROTOCOLS.map((protocol) => [protocol, []]));
  const crowded: Measurement[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const protocol of PROTOCOLS) costs.get(protocol)?.push(await measure(bench, protocol, FEW));
    crowded.push(await measure(bench, 'sql', MANY));
    progress.say(`round ${round} of ${ROUNDS} is done`);
  }
  const few = costs.get('sql') ?? [];
  const memory = memoryOf(
    { users: FEW, bytes: median(few, 'memory') },
    { users: MANY, bytes: median(crowded, 'memory') },
  );
  const cost = new Map([...costs].map(([protocol, all]) => [protocol, costOf(all)]));
  report(costs, cost, memory);
});
process.exit(0);

async function measure(bench: Workbench, protocol: Protocol, users: number): Promise<Measurement> {
  const { target, folder } = bench;
  const name = `${protocol}-${users}-${Date.now()}`;
  const [summaryFile, history] = [join(folder, `${name}.json`), join(folder, `${name}.ndjson`)];
  const env = {
    SURREAL_NODES: target.nodes[0]?.url ?? '',
    SURREAL_USER: target.credentials.user,
    SURREAL_PASS: target.credentials.pass,
    LOAD_PROTOCOL: protocol,
    LOAD_VUS: String(users),
    LOAD_DURATION: `${DURATION_S}s`,
    LOAD_HISTORY: 'true',
    LOAD_SUMMARY: summaryFile,
  };
  const args = ['--log-format=raw', `--console-output=${history}`, join(PROJECT_ROOT, 'dist/crud.js')];
  const [generator, server] = await runWatched(bench, {
    args,
    env,
    ...WATCHED,
    beside: target.nodes.flatMap(({ process }) => process?.pid ?? []),
  });
  if (generator === undefined || server === undefined) throw new Error('the server has no process here');

  const { phases, metrics } = JSON.parse(await readFile(summaryFile, 'utf8')) as RunSummary;
  const [phase] = phases;
  const perSecond = phase?.perSecond ?? 0;
  const { size: raw } = await stat(history);
  let operations = 0;
  await eachOperation(history, () => {
    operations++;
  });
  const { size: kept } = await stat(await compressHistory(history));
  const requests = metrics.http_reqs?.count ?? 1;
  return {
    perSecond,
    memory: generator.memory,
    generatorCpu: (generator.cpu / perSecond) * 1e6,
    serverCpu: (server.cpu / perSecond) * 1e6,
    wire: ((metrics.data_sent?.count ?? 0) + (metrics.data_received?.count ?? 0)) / requests,
    history: raw / operations,
    compressed: kept / operations,
  };
}

function median(all: readonly Measurement[], of: keyof Measurement): number {
  return statisticOf(
    all.map((each) => each[of]),
    'med',
  );
}

function costOf(all: readonly Measurement[]): RequestCost {
  const of = (name: keyof RequestCost) => median(all, name);
  return {
    generatorCpu: of('generatorCpu'),
    serverCpu: of('serverCpu'),
    wire: of('wire'),
    history: of('history'),
    compressed: of('compressed'),
  };
}

function report(
  costs: ReadonlyMap<Protocol, readonly Measurement[]>,
  cost: ReadonlyMap<Protocol, RequestCost>,
  memory: GeneratorMemory,
): void {
  const rows = [...cost].map(([protocol, it]) => [
    protocol,
    whole(median(costs.get(protocol) ?? [], 'perSecond')),
    whole(it.generatorCpu),
    whole(1e6 / it.generatorCpu),
    whole((1e6 / it.generatorCpu) * HEADROOM),
    whole(it.serverCpu),
    whole(it.wire),
    whole(it.history),
    whole(it.compressed),
  ]);
  const head = [
    'protocol',
    'requests/s',
    'k6 µs',
    'a core',
    `at ${HEADROOM * 100} %`,
    'server µs',
    'wire B',
    'history B',
    'kept B',
  ];
  print(head, rows);
  console.log(
    `\nk6: ${(memory.base / 1e6).toFixed(0)} MB and ${(memory.user / 1e6).toFixed(2)} MB for each user (${FEW} and ${MANY} users)\n`,
  );
  const needs = [...cost].flatMap(([protocol, it]) =>
    RATES.map((rate) => {
      const need = capacityFor(rate, it, memory, MACHINE);
      return [
        protocol,
        `${whole(rate)}/s`,
        need.cores.toFixed(1),
        whole(need.generators),
        `${(need.memory / 1e9).toFixed(1)} GB`,
        `${(need.network / 1e9).toFixed(2)} Gbit/s`,
        `${(need.historyPerMinute / 1e9).toFixed(1)} GB`,
        `${(need.keptPerMinute / 1e9).toFixed(1)} GB`,
        need.serverCores.toFixed(1),
        `${whole(need.timestamps)}/s`,
      ];
    }),
  );
  print(
    [
      'protocol',
      'rate',
      'cores',
      `of ${MACHINE.cores}`,
      'memory each',
      'network',
      'history/min',
      'kept/min',
      'SurrealDB cores',
      'timestamps',
    ],
    needs,
  );
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(
    table([[...head], ...rows.map((row) => [...row])], { align: head.map((_, at) => (at === 0 ? 'l' : 'r')) }),
  );
}
