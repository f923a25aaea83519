import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { kindOf } from '../../core/access/node-user.ts';
import { placeOf } from '../../core/access/run-place.ts';
import { durabilityFaults } from '../../core/faults/durability.ts';
import { repeatFaults } from '../../core/faults/fault-grammar.ts';
import { leastUsers, measuredTime, planLoad } from '../../core/load/load-plan.ts';
import { isComposed } from '../../core/scenario/definition.ts';
import { SETTINGS, type Settings } from '../../core/settings/settings.ts';
import { deathFindings, type NamedDeath } from '../../core/verdict/node-deaths.ts';
import { userEnvironment } from '../access/credentials.ts';
import { trustedCa } from '../access/http-client.ts';
import { awaitsAnswers, bundle, protocolsOfRun, scenarioNamed } from '../catalog/catalog.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { isOfStores } from '../faults/client-links.ts';
import { injectorFor } from '../faults/find-driver.ts';
import type { FaultInjector, FaultPlan } from '../faults/injector.ts';
import { healLeftovers } from '../faults/journal.ts';
import type { Child } from '../process/child.ts';
import type { Program } from '../programs/program.ts';
import { writeJson } from '../system/files.ts';
import { thisMachine } from '../system/machine.ts';
import { checkOpenFiles } from '../system/open-files.ts';
import { projectVersion } from '../system/project-version.ts';
import { removeOwn } from '../targets/http.ts';
import { resolveTarget } from '../targets/resolve.ts';
import type { Target, TargetKind, TargetRequest } from '../targets/target.ts';
import { concludeRun, type LoadResult } from './conclude.ts';
import { CA_FILE, runK6 } from './generators/k6-run.ts';
import { mergeGenerators } from './generators/merge-generators.ts';
import { prepareK6 } from './generators/prepare-k6.ts';
import { type Generator, runGenerators } from './generators/run-generators.ts';
import { serveLive } from './live/live-page.ts';
import { bottleneck, cpuOfGenerator, cpuUse, GENERATOR, generatorName, whileLoading } from './measure/headroom.ts';
import { ENGINE, instancesHere, judgeMeasured, probesOf, suiteLimits, usageOf } from './measure/judge-measured.ts';
import { processProbe } from './measure/probes.ts';
import { Sampler } from './measure/sampler.ts';
import { ServerMeter } from './measure/server-meter.ts';
import { metricsSources } from './measure/server-metrics.ts';
import { makeRunFolder, type RunFolder, removeFolder, removeIfEmpty } from './run-folder.ts';
import { runRecord } from './run-record.ts';

export interface LoadRequest {
  readonly scenario: string;
  readonly target: TargetRequest;
  readonly settings: Settings;
  /** The settings again, as k6 reads them from its environment; nodes and credentials come from the target. */
  readonly env: Readonly<Record<string, string>>;
  /** What is to be done to the target meanwhile. */
  readonly faults: FaultPlan;
  /** The command that repeats the run on a target of this kind. */
  readonly repeat: (kind: TargetKind) => string;
  /** Whether regions are split before the scenario's tables, on a store whose PD is known; they are unless this is false. */
  readonly spread?: boolean;
  /** Whether the load is shown on a page on loopback while it runs. */
  readonly live?: boolean;
  /** Whether report.html is written; it is unless this is false. */
  readonly report?: boolean;
}

/** Where a run takes place: everything that is up before it starts. */
export interface LoadPlace {
  readonly target: Target;
  readonly k6: Program;
  readonly folder: RunFolder;
  readonly started: Date;
}

/** Runs a scenario against a target from nothing to a verdict, and leaves nothing behind but its results. */
export async function runLoad(request: LoadRequest, progress: Progress, signal: AbortSignal): Promise<LoadResult> {
  const started = new Date();
  const k6 = await prepareK6(progress);
  const folder = await makeRunFolder(request.scenario, request.settings.profile, started);
  let target: Target | undefined;
  try {
    await healLeftovers(process.env, progress);
    const throughProxies = request.faults.faults.some(isOfStores);
    target = await resolveTarget({ ...request.target, throughProxies }, { progress, logs: folder.logs, signal });
    checkProtocol(request.scenario, request.settings, target);
    progress.say(`target  ${target.kind}: ${target.description}`);
    for (const note of target.notes) progress.say(`        ${note}`);
    if (target.prometheus !== undefined)
      progress.say(`        k6 sends its metrics to Prometheus, ${target.prometheus}.`);
    progress.say(`run     ${request.repeat(target.kind)}`);
    progress.say(`results ${relative(process.cwd(), folder.path)}`);
    return await loadTarget(request, { target, k6, folder, started }, progress, signal);
  } catch (error) {
    if (error instanceof UsageError) await removeFolder(folder);
    throw error;
  } finally {
    await target?.stop();
    await removeIfEmpty(folder);
  }
}

/** @throws Failure where the target does not speak what the scenario or its settings ask for */
export function checkProtocol(scenario: string, settings: Settings, { hasGraphql, kind }: Target): void {
  const definition = scenarioNamed(scenario);
  if (kind === 'embedded' && 'needsLiveQueries' in definition)
    throw new Failure(
      `Target embedded serves no live queries, which ${scenario} follows. Use --target native (\`npm run setup\` shows how to install a server).`,
    );
  if (kind === 'embedded' && settings.rpcTransactions === 'messages')
    throw new Failure(
      `--rpc-transactions messages: target embedded has no transactions of several messages, because its engine serves none by RPC. Use --rpc-transactions query, or --target native.`,
    );
  if (hasGraphql || !protocolsOfRun(scenario, settings).has('graphql')) return;
  throw new Failure(
    `Target ${kind} has no GraphQL, because its engine does not support it. Use --protocol sql, rest or rpc, or --target native (\`npm run setup\` shows how to install a server).`,
  );
}

/** Runs a scenario against a target that is up, and leaves it up. */
export async function loadTarget(
  request: LoadRequest,
  { target, k6, folder, started }: LoadPlace,
  progress: Progress,
  signal: AbortSignal,
): Promise<LoadResult> {
  const { scenario, settings, env, repeat, report = true, spread = true } = request;
  const { path: script } = await bundle(scenario, awaitsAnswers(scenario, settings));
  const name = `load_${started.getTime().toString(36)}_${process.pid.toString(36)}`;
  const plan = planLoad(scenario, settings);
  checkOpenFiles(leastUsers(plan), target.nodes.length);
  const project = await projectVersion();
  const describe = (ended: Date | undefined) =>
    runRecord({
      folder,
      started,
      ended,
      interrupted: signal.aborted,
      scenario,
      settings,
      plan,
      command: repeat(target.kind),
      target: {
        kind: target.kind,
        description: target.description,
        notes: target.notes,
        version: target.version,
        singleEngine: target.singleEngine,
        nodes: target.nodes.map(({ name, url, startUp }) => ({ name, url, startUp })),
      },
      k6,
      machine: thisMachine(),
      project,
    });
  const injector = await injectorFor(faultsFor(request, target), target, {
    run: name,
    splitBefore: spread ? splitTablesOf(scenario) : [],
    seed: settings.seed,
    env: process.env,
    progress,
  });
  await writeJson(folder.file('run.json'), describe(undefined));

  const limits = await suiteLimits(settings);
  const setUp = Date.now() - started.getTime();
  const probes = probesOf(target);
  const sampler = new Sampler(probes);
  const meter = new ServerMeter(await metricsSources(target));
  const live = request.live
    ? await serveLive(`${scenario} ${settings.profile} on ${target.kind}`, plan.loadEnds)
    : undefined;
  if (live !== undefined) progress.say(`live    ${live.url}`);
  let injected: Awaited<ReturnType<FaultInjector['finish']>> | undefined;
  let servers: Awaited<ReturnType<ServerMeter['finish']>>;
  let generators: readonly Generator[] = [];
  try {
    const k6Env = {
      ...env,
      [SETTINGS.nodes.env]: (injector?.urls ?? target.nodes.map(({ url }) => url)).join(','),
      ...userEnvironment(target.credentials),
      [SETTINGS.run.env]: name,
      ...remoteWriteOf(target),
      ...givenCa(),
    };
    const watch = (name: string, child: Child) =>
      probes.set(
        name,
        processProbe(() => child.pid),
      );
    const run = { k6, scenario, script, env: k6Env, length: plan.loadEnds, progress, live, signal };
    if (settings.generators === 1) {
      const onStart = (child: Child) => {
        watch(GENERATOR, child);
        meter.start(folder.file('history.ndjson'), plan);
        injector?.start(folder.file('history.ndjson'), plan);
      };
      await runK6({ ...run, folder, onStart });
    } else {
      const onStart = (child: Child, { number, files }: Generator) => {
        watch(generatorName(number), child);
        // The clock of the first is that of the merged history.
        if (number !== 1) return;
        meter.start(files.file('history.ndjson'), plan);
        injector?.start(files.file('history.ndjson'), plan);
      };
      generators = await runGenerators({ ...run, folder, count: settings.generators, onStart });
    }
  } finally {
    injected = await injector?.finish();
    servers = await meter.finish();
    live?.close();
    sampler.stop();
    if (!settings.keep) await cleanUp(target, name, progress);
  }

  await writeJson(folder.file('timeline.json'), {
    timeline: 1,
    started: sampler.started,
    interval: 500,
    samples: sampler.samples,
  });
  if (servers !== undefined) await writeJson(folder.file('servers.json'), servers);
  const { samples } = sampler;
  const cores = availableParallelism();
  const measured = judgeMeasured(limits, { target, setUp, samples, loadEnds: plan.loadEnds, cores });
  const usage = usageOf(target, samples);
  const sent = whileLoading(samples, plan.loadEnds);
  const used = cpuUse(sent, instancesHere(target));
  const merged =
    generators.length > 0
      ? await mergeGenerators({ generators, clocks: 'machine', folder, plan, settings })
      : undefined;
  const spare = Math.max(0, cores - used.machine);
  const shares = (merged?.shares ?? []).map((share) => ({
    ...share,
    cpu: cpuOfGenerator(sent, share.generator),
    spare,
  }));
  return concludeRun({
    folder,
    plan,
    settings,
    describe,
    interrupted: signal.aborted,
    merged,
    shares,
    injected,
    measured,
    usage,
    bottleneck: bottleneck(used, cores),
    deaths: deathFindings(await deathsOf(target, sampler), sampler.started),
    report,
  });
}

/** The faults of a run: those that were asked for, or else those of a scenario that restarts everything. */
function faultsFor({ scenario, settings, faults: plan }: LoadRequest, { kind }: Target): FaultPlan {
  const definition = scenarioNamed(scenario);
  const measured = measuredTime(planLoad(scenario, settings));
  const restarts = isComposed(definition) && definition.restartsEverything && plan.faults.length === 0;
  const asked = restarts ? durabilityFaults(kind === 'native' ? 'surreal-all' : 'all', measured) : plan.faults;
  return { ...plan, faults: repeatFaults(asked, measured) };
}

/** Servers that ended by themselves, with their memory until then. Ports of one engine end together, as one. */
async function deathsOf({ kind, nodes, deathsSince }: Target, { started, samples }: Sampler): Promise<NamedDeath[]> {
  const engine = nodes.slice(0, kind === 'embedded' ? 1 : nodes.length);
  const ofProcesses = engine.flatMap(({ name, deaths = [] }) =>
    deaths.map((death) => ({ ...death, name: kind === 'embedded' ? ENGINE : name })),
  );
  const others = (await deathsSince?.(started)) ?? [];
  return [...ofProcesses, ...others].map((death) => ({
    ...death,
    memory: samples.flatMap(({ at, usage: { [death.name]: it } }) =>
      it === undefined ? [] : [[started + at, it.memory] as const],
    ),
  }));
}

function splitTablesOf(scenario: string): readonly string[] {
  const definition = scenarioNamed(scenario);
  return isComposed(definition) ? [] : (definition.splitBefore ?? []);
}

/** As the dashboards in cluster/grafana want k6's metrics. Somebody's own K6_OUT is left alone. */
function remoteWriteOf({ prometheus }: Target): Record<string, string> {
  if (prometheus === undefined || process.env.K6_OUT) return {};
  return {
    K6_OUT: 'experimental-prometheus-rw',
    K6_PROMETHEUS_RW_SERVER_URL: `${prometheus}/api/v1/write`,
    K6_PROMETHEUS_RW_TREND_STATS: 'p(50),p(95),p(99),max,sum,count',
    K6_PROMETHEUS_RW_STALE_MARKERS: 'true',
  };
}

/** Go programs take authorities from this file, beside those of the system's folder; not on macOS and Windows. */
function givenCa(): Record<string, string> {
  const file = trustedCa();
  return file === undefined ? {} : { [CA_FILE]: resolve(file) };
}

/** k6's own teardown does this; where k6 was killed it is ours. A node that is gone took its memory with it. */
async function cleanUp(target: Target, run: string, progress: Progress): Promise<void> {
  if (kindOf(target.credentials) === 'record') return;
  const problems: string[] = [];
  for (const { url, process } of target.nodes) {
    if (process !== undefined && !process.running) continue;
    try {
      return await removeOwn(url, target.credentials, { run, place: placeOf(target.credentials, run, 'load') });
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) progress.say(`What ${run} created may not have been removed:\n${problems.join('\n')}`);
}
