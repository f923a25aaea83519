import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../core/faults/fault-grammar.ts';
import { ACK_LIMIT_MS, actionOf, FAULT_KINDS, isInTurn } from '../../core/faults/fault-kinds.ts';
import { FAULTS_VERSION, type FaultsFile, type FaultWindow } from '../../core/faults/window.ts';
import type { LoadPlan } from '../../core/load/load-plan.ts';
import { randomStream } from '../../core/random/random.ts';
import type { Finding } from '../../core/verdict/run-verdict.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { answersReady } from '../targets/http.ts';
import type { Target } from '../targets/target.ts';
import { type ClientLinks, isOfClients } from './client-links.ts';
import { ConvergenceProbe } from './convergence.ts';
import type { DataRegions } from './data-regions.ts';
import { checkFaultCommands, commandActions, type FaultCommand } from './fault-commands.ts';
import type { ActiveFault, FaultActions, FaultDriver } from './fault-driver.ts';
import { Journal } from './journal.ts';
import { refusalOf } from './refusal.ts';
import { readClock, type TestClock } from './test-clock.ts';
import { applyUndo } from './undo.ts';

/** The faults of a run, and the user's own commands among them. */
export interface FaultPlan {
  readonly faults: readonly Fault[];
  readonly commands: ReadonlyMap<string, FaultCommand>;
}

export const NO_FAULTS: FaultPlan = { faults: [], commands: new Map() };

export interface InjectorInput extends FaultPlan {
  readonly driver: FaultDriver;
  readonly clientLinks: ClientLinks;
  readonly regions: DataRegions;
  /** What PD can do; of a target without one, nothing. */
  readonly pdActions: FaultActions;
  readonly target: Target;
  /** Tables of the scenario before which regions are split. */
  readonly splitBefore: readonly string[];
  /** Name of what the run creates. */
  readonly run: string;
  readonly seed: number;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/** A fault in effect on one server, and its record in the journal. */
interface OnServer extends ActiveFault {
  readonly server: string;
  readonly forget: () => Promise<void>;
}

interface ReadyFault {
  /** Removes its record from the journal. */
  readonly forget: () => Promise<void>;
  readonly begin: () => Promise<OnServer>;
}

const READY_POLL_MS = 50;

type Window = { -readonly [K in keyof FaultWindow]: FaultWindow[K] };

/** Injects a run's faults at their times, records when they took effect, and undoes them. */
export class FaultInjector {
  readonly #input: InjectorInput;
  readonly #commands: FaultActions;
  readonly #journal: Journal;
  readonly #probe: ConvergenceProbe;
  readonly #regions: DataRegions;
  readonly #random: () => number;
  /** Ends waiting: for the beginning of faults, for their end, and for servers to be ready. */
  readonly #end = new AbortController();
  readonly #windows: Window[] = [];
  readonly #findings: Finding[] = [];
  #work: Promise<unknown> = Promise.resolve();

  /** @throws UsageError naming each fault that the target cannot do, why, and what can */
  constructor(input: InjectorInput) {
    this.#input = input;
    const { faults, commands, target, run, regions, env, seed } = input;
    checkFaultCommands(faults, commands);
    this.#commands = commandActions(commands, env);
    const refusals = faults.flatMap((fault) => {
      const reason = refusalOf(fault, this.#actionsFor(fault));
      return reason === undefined ? [] : [`--fault "${fault.text}" is not possible here: ${reason}`];
    });
    if (refusals.length > 0) throw new UsageError(refusals.join('\n'));
    this.#journal = new Journal(env);
    this.#probe = new ConvergenceProbe(target, run);
    this.#regions = regions;
    this.#random = randomStream(seed);
    // Every server and every node has its own listener: more than the ten that Node takes for a leak.
    setMaxListeners(0, this.#end.signal);
  }

  /** The URLs of the nodes, for the load. */
  get urls(): readonly string[] {
    return this.#input.clientLinks.urls;
  }

  /** Begins to wait for the faults' times. @param history path of the history that k6 is recording */
  start(history: string, plan: LoadPlan): void {
    this.#work = this.#run(history, plan).catch((error) => {
      if (!this.#end.signal.aborted) this.#fail(`No fault was injected: ${messageOf(error)}`);
    });
  }

  /** Undoes what is still in effect. @returns the record, and a finding for each fault that failed */
  async finish(): Promise<{ file: FaultsFile; findings: readonly Finding[] }> {
    this.#end.abort(new Failure('The run has ended.'));
    await this.#work;
    await this.#input.clientLinks.close();
    const file = {
      faults: FAULTS_VERSION,
      windows: this.#windows,
      regions: await this.#regions.count(),
      leaderChanges: this.#regions.leaderChanges,
    } as const;
    return { file, findings: this.#findings };
  }

  async #run(history: string, plan: LoadPlan): Promise<void> {
    const clock = await readClock(history, this.#end.signal);
    const zero = clock.loadBegan + (plan.measured[0]?.start ?? 0);
    if (this.#input.faults.length > 0) await this.#probe.prepare();
    // Faults do not depend on it.
    await this.#regions.prepare().catch(() => undefined);
    await this.#regions
      .splitBefore(this.#input.splitBefore)
      .catch((error) => this.#input.progress.say(`regions ${messageOf(error)}`));
    await this.#regions.noteLeaders();
    await Promise.all(this.#input.faults.map((fault) => this.#inject(fault, zero, clock)));
  }

  async #inject(fault: Fault, zero: number, clock: TestClock): Promise<void> {
    const { text, kind, start, duration } = fault;
    const planned = { start: zero + start, end: zero + start + duration };
    const window: Window = { fault: text, kind, who: [], planned, notes: [] };
    this.#windows.push(window);
    await this.#until(clock.wall(planned.start));
    if (this.#end.signal.aborted) {
      window.notes.push('The run ended before it began.');
      return;
    }
    try {
      if (isInTurn(kind)) await this.#restartInTurn(fault, window, clock);
      else await this.#once(fault, window, clock);
      this.#input.progress.say(`fault   ${text}: ${window.who.join(', ')} undone`);
      await this.#regions.noteLeaders();
      await this.#recovery(window, clock);
    } catch (error) {
      window.notes.push(messageOf(error));
      this.#fail(`Fault ${text} was not done as it was asked for: ${messageOf(error)}`);
    }
  }

  async #once(fault: Fault, window: Window, clock: TestClock): Promise<void> {
    window.who = await this.#choose(fault);
    const prepared = await Promise.all(window.who.map((server) => this.#prepare(fault, server)));
    if (fault.options.when === 'ack') await this.#acknowledgement(window);
    if (this.#end.signal.aborted) {
      window.who = [];
      window.notes.push('The run ended before it began.');
      await Promise.all(prepared.map(({ forget }) => forget()));
      return;
    }
    const begun = await Promise.allSettled(prepared.map(({ begin }) => begin()));
    const active = begun.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    if (active.length > 0) window.began = clock.at(Math.min(...active.map(({ began }) => began)));
    window.notes.push(...active.flatMap(({ notes = [] }) => notes));
    const failed = begun.find((it) => it.status === 'rejected');
    this.#input.progress.say(`fault   ${fault.text}: ${active.map(({ server }) => server).join(', ') || 'failed'}`);
    // One that waited for an acknowledgement lasts as long all the same.
    if (failed === undefined)
      await this.#until(clock.wall(Math.max(window.planned.end, (window.began ?? 0) + fault.duration)));
    const undone = await undoAll(active);
    if (undone.length > 0) window.healed = clock.at(Math.max(...undone));
    if (failed !== undefined) throw failed.reason;
  }

  /** The next one by a node of the fault, or by any if it has none. */
  async #acknowledgement({ who, notes }: Window): Promise<void> {
    const nodes = this.#input.target.nodes.map(({ name }) => name);
    const own = nodes.filter((name) => who.includes(name));
    const of = own.length > 0 ? own : nodes;
    const { signal } = this.#end;
    const seen = await this.#input.clientLinks.nextAcknowledgement(of, ACK_LIMIT_MS, signal).catch(() => true);
    if (!seen) notes.push(`No write was acknowledged within ${ACK_LIMIT_MS} ms, so it began without one.`);
  }

  /** The next server when the last is ready, and not before its share of the duration has passed. @throws Failure if the run ends earlier */
  async #restartInTurn(fault: Fault, window: Window, clock: TestClock): Promise<void> {
    const servers = await this.#choose(fault);
    for (const [index, server] of servers.entries()) {
      await this.#until(clock.wall(window.planned.start + (index / servers.length) * fault.duration));
      if (this.#end.signal.aborted) {
        throw new Failure(
          `the run ended when ${index} of ${servers.length} servers had been restarted. Give a longer --duration.`,
        );
      }
      const prepared = await this.#prepare(fault, server);
      const active = await prepared.begin();
      this.#input.progress.say(`fault   ${fault.text}: ${server}`);
      window.who.push(server);
      window.notes.push(...(active.notes ?? []));
      window.began ??= clock.at(active.began);
      const undone = await undoAll([active]);
      window.healed = clock.at(Math.max(...undone));
      await this.#untilReady(server).catch(() => undefined);
    }
  }

  /** Gets a fault on one server ready to begin at once, having recorded what undoes it. */
  async #prepare(fault: Fault, server: string): Promise<ReadyFault> {
    const action = this.#actionsFor(fault).actions[actionOf(fault)];
    if (action === undefined) throw new Error(`${fault.text} was not refused, and nothing can do it`);
    const { undo, begin } = await action.prepare(server, fault.options);
    const forget = undo === undefined ? async () => {} : await this.#journal.add({ fault: fault.text, server, undo });
    return {
      forget,
      begin: async () => {
        try {
          return { ...(await begin()), server, forget };
        } catch (error) {
          // It may have been done in part.
          if (undo !== undefined) await applyUndo(undo, this.#input.env, this.#input.progress).then(forget);
          throw error;
        }
      },
    };
  }

  /** Whatever carries out a fault. */
  #actionsFor(fault: Fault): FaultActions {
    const { needs } = FAULT_KINDS[fault.kind];
    if (needs.includes('command')) return this.#commands;
    if (needs.includes('pd')) return this.#input.pdActions;
    return isOfClients(fault) ? this.#input.clientLinks : this.#input.driver;
  }

  async #choose(fault: Fault): Promise<string[]> {
    const { who, kind, options } = fault;
    const { driver } = this.#input;
    if (who === 'all') return [...driver.servers];
    if (who === 'regions') return ['regions'];
    if ('command' in who) return [who.command];
    const all = this.#actionsFor(fault).servers.filter((name) => name.startsWith(`${who.tier}-`));
    if (FAULT_KINDS[kind].wholeTier?.servers === 'majority') {
      const spared = options.spare === 'leader' ? await driver.leader(who.tier) : undefined;
      const possible = all.filter((name) => name !== spared);
      return this.#shuffled(possible).slice(0, Math.floor(all.length / 2) + 1);
    }
    if (who.which === 'all') return all;
    if (who.which === 'random') return this.#shuffled(all).slice(0, 1);
    return [who.which === 'leader' ? await driver.leader(who.tier) : `${who.tier}-${who.which}`];
  }

  #shuffled(names: readonly string[]): string[] {
    return names
      .map((name) => ({ name, at: this.#random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name);
  }

  /** Until servers are ready and nodes agree, or the run ends. */
  async #recovery(window: Window, clock: TestClock): Promise<void> {
    const { signal } = this.#end;
    const named = window.who.filter((name) => this.#input.driver.servers.includes(name));
    const ready = Promise.all(named.map((server) => this.#untilReady(server))).then(() => {
      window.ready = clock.at(Date.now());
    });
    const converged = this.#probe.converged(signal).then((at) => {
      window.converged = clock.at(at);
    });
    const seen = await Promise.allSettled([ready, converged]);
    const missing = ['ready again', 'in agreement'].filter((_, index) => seen[index]?.status === 'rejected');
    if (missing.length > 0) window.notes.push(`The run ended before all were seen ${missing.join(' and ')}.`);
  }

  /** @throws the reason of the end of the run */
  async #untilReady(server: string): Promise<void> {
    const node = this.#input.target.nodes.find(({ name }) => name === server);
    const isReady = () => (node === undefined ? this.#input.driver.isReady(server) : answersReady(node.url));
    while (!(await isReady())) await sleep(READY_POLL_MS, undefined, { signal: this.#end.signal });
  }

  /** Until a time of the wall clock, or the end of the run. */
  async #until(wall: number): Promise<void> {
    await sleep(Math.max(0, wall - Date.now()), undefined, { signal: this.#end.signal }).catch(() => undefined);
  }

  #fail(message: string): void {
    this.#findings.push({ kind: 'validity', message });
    this.#input.progress.say(`fault   ${message}`);
  }
}

/** Those of one tier at once, PD first and the nodes last. @returns when each was undone @throws Failure naming what is still in effect */
async function undoAll(active: readonly OnServer[]): Promise<number[]> {
  const times: number[] = [];
  const problems: string[] = [];
  for (const tier of TIERS_IN_ORDER) {
    const now = active.filter(({ server }) => TIERS_IN_ORDER.find((it) => server.startsWith(it)) === tier);
    const results = await Promise.allSettled(now.map(undoOne));
    for (const [index, result] of results.entries())
      if (result.status === 'fulfilled') times.push(result.value);
      else problems.push(`${now[index]?.server} could not be undone: ${messageOf(result.reason)}`);
  }
  if (problems.length > 0) throw new Failure(`${problems.join('; ')}. Then: npm run cluster -- heal`);
  return times;
}

/** Beginnings of names; all others come last. */
const TIERS_IN_ORDER = ['pd-', 'tikv-', ''];

async function undoOne({ undo, forget }: OnServer): Promise<number> {
  const at = await undo();
  await forget();
  return at;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
