import { PROCESS, REALTIME, RW, WR, WW } from './dependencies.ts';
import { ACYCLIC, ComponentSearch, type Components, type Graph, RowWriter } from './graph.ts';
import { PathSearch, type Step } from './path-search.ts';
import type { CycleKind, TransactionAnomaly } from './transaction-anomalies.ts';

/** A cycle of transactions, each step with the type of its dependency or order. */
export interface TransactionCycle {
  readonly kind: TransactionAnomaly;
  readonly steps: readonly Step[];
}

/** From a transaction's start to its commit, in the graph of moments. */
const LASTS = 32;

/** Cycles are looked for from so many transactions of a component; the shortest found is shown. */
const STARTS = 16;
/** Anti-dependencies of a component from which a cycle with no other one is looked for, and the nodes looked at. */
const SINGLE_ATTEMPTS = 64;
const SINGLE_BUDGET = 200_000;

/** What may stand in a cycle, from the gravest finding to the lightest. Each includes those before it. */
const FAMILIES = [
  { mask: WW, moments: false },
  { mask: WW | WR, moments: false },
  { mask: WW | WR | RW, moments: true },
  { mask: WW | WR | RW, moments: false },
] as const;

/**
 * Finds a cycle for every reason why transactions can have no order, and names it after Adya 1999 and Elle.
 *
 * Snapshot isolation asks for more than a search for cycles: each must have two adjacent anti-dependencies (Cerone and
 * Gotsman 2016, theorem 9). That is so exactly where the graph of *moments* has no cycle: a transaction is its start and,
 * later, its commit; `ww` and `wr` and order lead from a commit to a start, `rw` from a start to a commit, for who did not
 * see a write began before it was committed. So one linear pass decides what Elle's search for G-single and G-nonadjacent
 * may give up on.
 *
 * @param transactions nodes below are transactions, others only hand edges on
 */
export function findCycles(graph: Graph, transactions: number, orders: readonly number[]): TransactionCycle[] {
  const all = new ComponentSearch(graph).find(~0);
  if (all.count === 0) return [];
  const part = cyclicPart(graph, all);
  const isTransaction = (node: number): boolean => (part.original[node] as number) < transactions;
  const plain = new View(part.graph, isTransaction, (node) => node);
  const moments = new View(
    momentGraph(part.graph, isTransaction),
    (node) => isTransaction(node >> 1),
    (node) => node >> 1,
  );
  const reported = new Uint16Array(part.graph.size);
  const singles = new SingleSearch(plain, moments);
  const cycles: TransactionCycle[] = [];
  // Without a cycle of moments there is none of any family but the last: most histories end here.
  const isSnapshotIsolated = moments.components.find(~0).count === 0;
  for (const [strength, order] of orders.entries())
    for (const [family, { mask, moments: asMoments }] of FAMILIES.entries()) {
      if (isSnapshotIsolated && family < FAMILIES.length - 1) continue;
      const view = asMoments ? moments : plain;
      const components = view.components.find(mask | order | LASTS);
      for (const members of membersOf(components)) {
        const known = graverBits(strength, family);
        if (members.some((member) => ((reported[view.node(member)] as number) & known) !== 0)) continue;
        const single = asMoments ? singles.find(members, mask | order) : undefined;
        const steps = single ?? shortestCycle(view, members, mask | order | LASTS, components);
        for (const { from } of steps) reported[from] = (reported[from] as number) | (1 << (strength * 4 + family));
        cycles.push({
          kind: nameOf(steps),
          steps: steps.map(({ from, type, to }) => ({
            from: part.original[from] as number,
            type,
            to: part.original[to] as number,
          })),
        });
      }
    }
  return cycles;
}

/** A graph with the transactions that its nodes stand for. */
class View {
  readonly graph: Graph;
  readonly isTransaction: (node: number) => boolean;
  readonly node: (member: number) => number;
  readonly paths: PathSearch;
  readonly components: ComponentSearch;

  constructor(graph: Graph, isTransaction: (node: number) => boolean, node: (member: number) => number) {
    this.graph = graph;
    this.isTransaction = isTransaction;
    this.node = node;
    this.components = new ComponentSearch(graph);
    this.paths = new PathSearch(graph, (target, type) => type === LASTS || !isTransaction(target));
  }

  /** A path with only transactions as its stations; what merely hands on takes the type of the edge that arrives. */
  condense(path: readonly Step[]): Step[] {
    const steps: Step[] = [];
    let from: number | undefined;
    for (const step of path) {
      if (this.isTransaction(step.from) && from === undefined) from = this.node(step.from);
      if (step.type === LASTS || !this.isTransaction(step.to) || from === undefined) continue;
      steps.push({ from, type: step.type, to: this.node(step.to) });
      from = undefined;
    }
    return steps;
  }
}

/** The families and orders that a stage includes, as bits: a finding of one of them explains a cycle of this stage. */
function graverBits(strength: number, family: number): number {
  let bits = 0;
  for (let weaker = 0; weaker <= strength; weaker++)
    for (let graver = 0; graver <= family; graver++) bits |= 1 << (weaker * 4 + graver);
  return bits;
}

/** The nodes on cycles, renumbered, with the edges that stay within a component. */
function cyclicPart(graph: Graph, { of }: Components): { graph: Graph; original: Int32Array } {
  const renumbered = new Int32Array(graph.size).fill(ACYCLIC);
  let size = 0;
  let edges = 0;
  for (let node = 0; node < graph.size; node++) {
    if (of[node] === ACYCLIC) continue;
    renumbered[node] = size++;
    edges += (graph.offsets[node + 1] as number) - (graph.offsets[node] as number);
  }
  const original = new Int32Array(size);
  const rows = new RowWriter(size, edges);
  for (let node = 0; node < graph.size; node++) {
    if (of[node] === ACYCLIC) continue;
    original[renumbered[node] as number] = node;
    for (let edge = graph.offsets[node] as number; edge < (graph.offsets[node + 1] as number); edge++) {
      const target = graph.targets[edge] as number;
      if (of[target] === of[node]) rows.add(renumbered[target] as number, graph.types[edge] as number);
    }
    rows.endRow();
  }
  return { graph: rows.graph(), original };
}

/** Node `n` becomes `2n`, its start, and `2n + 1`, its commit; nodes that only hand on stay one, `2n`. */
function momentGraph({ size, offsets, targets, types }: Graph, isTransaction: (node: number) => boolean): Graph {
  const rows = new RowWriter(2 * size, size + targets.length);
  const addEdges = (node: number, isWanted: (type: number) => boolean): void => {
    for (let edge = offsets[node] as number; edge < (offsets[node + 1] as number); edge++) {
      const type = types[edge] as number;
      const target = targets[edge] as number;
      if (isWanted(type)) rows.add(isTransaction(target) && type === RW ? 2 * target + 1 : 2 * target, type);
    }
    rows.endRow();
  };
  for (let node = 0; node < size; node++) {
    if (isTransaction(node)) {
      rows.add(2 * node + 1, LASTS);
      addEdges(node, (type) => type === RW);
      addEdges(node, (type) => type !== RW);
    } else {
      addEdges(node, () => true);
      rows.endRow();
    }
  }
  return rows.graph();
}

/** The nodes of each component. */
function membersOf({ count, of }: Components): number[][] {
  const members: number[][] = Array.from({ length: count }, () => []);
  for (let node = 0; node < of.length; node++) {
    const component = of[node] as number;
    if (component !== ACYCLIC) members[component]?.push(node);
  }
  return members;
}

function shortestCycle(view: View, members: readonly number[], mask: number, components: Components): Step[] {
  let shortest: Step[] = [];
  let tried = 0;
  for (const member of members) {
    if (!view.isTransaction(member)) continue;
    const path = view.paths.find(member, member, mask, components);
    if (path !== undefined) {
      const cycle = view.condense(path);
      if (shortest.length === 0 || cycle.length < shortest.length) shortest = cycle;
    }
    if (++tried === STARTS) break;
  }
  return shortest;
}

/** Looks for cycles with one anti-dependency, the plainest evidence against snapshot isolation. */
class SingleSearch {
  readonly #plain: View;
  readonly #moments: View;
  readonly #within: { count: number; readonly of: Int32Array };

  constructor(plain: View, moments: View) {
    this.#plain = plain;
    this.#moments = moments;
    this.#within = { count: 0, of: new Int32Array(plain.graph.size).fill(ACYCLIC) };
  }

  /** @param members a component of the graph of moments */
  find(members: readonly number[], mask: number): Step[] | undefined {
    const { offsets, targets, types } = this.#plain.graph;
    const { of } = this.#within;
    const component = this.#within.count++;
    for (const member of members) of[this.#moments.node(member)] = component;
    let attempts = 0;
    for (const member of members) {
      if (!this.#moments.isTransaction(member) || (member & 1) === 1) continue;
      const node = this.#moments.node(member);
      for (let edge = offsets[node] as number; edge < (offsets[node + 1] as number); edge++) {
        const target = targets[edge] as number;
        if (types[edge] !== RW || of[target] !== component || !this.#plain.isTransaction(target)) continue;
        const back = this.#plain.paths.find(target, node, mask & ~RW, this.#within, SINGLE_BUDGET);
        if (back !== undefined) return this.#plain.condense([{ from: node, type: RW, to: target }, ...back]);
        if (++attempts === SINGLE_ATTEMPTS) return undefined;
      }
    }
    return undefined;
  }
}

/** The name that a cycle has by its steps. */
export function nameOf(steps: readonly Step[]): TransactionAnomaly {
  const has = (type: number): boolean => steps.some((step) => step.type === type);
  const kind = kindOf(steps);
  return has(REALTIME) ? `${kind}-realtime` : has(PROCESS) ? `${kind}-process` : kind;
}

function kindOf(steps: readonly Step[]): CycleKind {
  const antiDependencies = steps.filter(({ type }) => type === RW).length;
  if (antiDependencies === 0) return steps.some(({ type }) => type === WR) ? 'G1c' : 'G0';
  if (antiDependencies === 1) return 'G-single';
  const adjacent = steps.some(({ type }, index) => type === RW && steps.at(index - 1)?.type === RW);
  return adjacent ? 'G2-item' : 'G-nonadjacent';
}
