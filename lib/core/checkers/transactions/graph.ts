import { IntVector } from '../shared/int-vector.ts';

/** Types are bits below this. */
const TYPES = 64;

/** Edges with a type each, gathered one by one. */
export class EdgeList {
  readonly from: IntVector;
  readonly #toAndType: IntVector;

  /** @param capacity how many edges there will probably be */
  constructor(capacity?: number) {
    this.from = new IntVector(capacity);
    this.#toAndType = new IntVector(capacity);
  }

  get length(): number {
    return this.from.length;
  }

  add(from: number, to: number, type: number): void {
    this.from.push(from);
    this.#toAndType.push(to * TYPES + type);
  }

  to(edge: number): number {
    return Math.floor(this.#toAndType.at(edge) / TYPES);
  }

  type(edge: number): number {
    return this.#toAndType.at(edge) % TYPES;
  }
}

/**
 * Adds edges from each source to every target but itself. Two chains of nodes, over the targets from the first and from the
 * last, say so with few edges.
 *
 * @param nodes the first free node
 * @returns the first free node afterwards
 */
export function addAllToAll(
  edges: EdgeList,
  nodes: number,
  sources: Iterable<number>,
  targets: readonly number[],
  type: number,
): number {
  const places = new Map(targets.map((target, place) => [target, place]));
  const fromFirst = nodes;
  const fromLast = nodes + targets.length;
  for (const [place, target] of targets.entries()) {
    edges.add(fromFirst + place, target, type);
    edges.add(fromLast + place, target, type);
    if (place > 0) edges.add(fromFirst + place, fromFirst + place - 1, type);
    if (place + 1 < targets.length) edges.add(fromLast + place, fromLast + place + 1, type);
  }
  for (const source of sources) {
    const own = places.get(source) ?? targets.length;
    if (own > 0) edges.add(source, fromFirst + own - 1, type);
    if (own + 1 < targets.length) edges.add(source, fromLast + own + 1, type);
  }
  return nodes + 2 * targets.length;
}

/** A directed graph in compressed sparse rows: the edges of node `n` are `offsets[n]` to `offsets[n + 1]`. */
export interface Graph {
  readonly size: number;
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  readonly types: Uint8Array;
}

export function buildGraph(size: number, list: EdgeList): Graph {
  const { from, length: edges } = list;
  const offsets = new Int32Array(size + 1);
  for (let edge = 0; edge < edges; edge++) {
    const row = from.at(edge) + 1;
    offsets[row] = (offsets[row] as number) + 1;
  }
  for (let node = 0; node < size; node++) offsets[node + 1] = (offsets[node + 1] as number) + (offsets[node] as number);
  const targets = new Int32Array(edges);
  const types = new Uint8Array(edges);
  const next = offsets.slice(0, size);
  for (let edge = 0; edge < edges; edge++) {
    const node = from.at(edge);
    const place = next[node] as number;
    next[node] = place + 1;
    targets[place] = list.to(edge);
    types[place] = list.type(edge);
  }
  return { size, offsets, targets, types };
}

/** Writes a graph row by row, where the edges of each node are known together: no memory beside the graph's own. */
export class RowWriter {
  readonly #offsets: Int32Array;
  readonly #targets: Int32Array;
  readonly #types: Uint8Array;
  #rows = 0;
  #edges = 0;

  /** @param edges how many there will be at most */
  constructor(size: number, edges: number) {
    this.#offsets = new Int32Array(size + 1);
    this.#targets = new Int32Array(edges);
    this.#types = new Uint8Array(edges);
  }

  add(target: number, type: number): void {
    this.#targets[this.#edges] = target;
    this.#types[this.#edges++] = type;
  }

  endRow(): void {
    this.#offsets[++this.#rows] = this.#edges;
  }

  graph(): Graph {
    return { size: this.#rows, offsets: this.#offsets, targets: this.#targets, types: this.#types };
  }
}

/** The component of a node that lies on no cycle. */
export const ACYCLIC = -1;

export interface Components {
  /** How many components have more than one node. */
  readonly count: number;
  /** Per node, the number of its component, or `ACYCLIC`. */
  readonly of: Int32Array;
}

/** A node that has been given to its component is out of reach of any other. */
const SETTLED = 0x7fffffff;

/**
 * Finds the strongly connected components of more than one node, over the edges whose type is in a mask. Self-loops do not
 * count. Its memory serves all searches of a graph, so that each result lasts until the next one.
 *
 * Tarjan, *Depth-First Search and Linear Graph Algorithms* (SIAM J. Comput. 1972), without recursion.
 */
export class ComponentSearch {
  readonly #graph: Graph;
  readonly #of: Int32Array;
  /** Order of discovery, from 1; 0 is undiscovered. */
  readonly #discovered: Int32Array;
  readonly #lowest: Int32Array;
  readonly #nextEdge: Int32Array;
  readonly #path: Int32Array;
  readonly #stack: Int32Array;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#of = new Int32Array(graph.size);
    this.#discovered = new Int32Array(graph.size);
    this.#lowest = new Int32Array(graph.size);
    this.#nextEdge = new Int32Array(graph.size);
    this.#path = new Int32Array(graph.size);
    this.#stack = new Int32Array(graph.size);
  }

  find(mask: number): Components {
    const { size, offsets, targets, types } = this.#graph;
    const of = this.#of.fill(ACYCLIC);
    const discovered = this.#discovered.fill(0);
    const lowest = this.#lowest;
    const nextEdge = this.#nextEdge;
    const path = this.#path;
    const stack = this.#stack;
    nextEdge.set(offsets.subarray(0, size));
    let count = 0;
    let clock = 0;
    let stacked = 0;
    for (let root = 0; root < size; root++) {
      if (discovered[root] !== 0) continue;
      let depth = 0;
      path[0] = root;
      discovered[root] = ++clock;
      lowest[root] = clock;
      stack[stacked++] = root;
      while (depth >= 0) {
        const node = path[depth] as number;
        const edge = nextEdge[node] as number;
        if (edge < (offsets[node + 1] as number)) {
          nextEdge[node] = edge + 1;
          if (((types[edge] as number) & mask) === 0) continue;
          const target = targets[edge] as number;
          if (discovered[target] === 0) {
            discovered[target] = ++clock;
            lowest[target] = clock;
            stack[stacked++] = target;
            path[++depth] = target;
          } else if ((lowest[target] as number) < (lowest[node] as number)) lowest[node] = lowest[target] as number;
          continue;
        }
        depth--;
        const low = lowest[node] as number;
        if (depth >= 0) {
          const parent = path[depth] as number;
          if (low < (lowest[parent] as number)) lowest[parent] = low;
        }
        if (low !== discovered[node]) continue;
        const isSingle = stack[stacked - 1] === node;
        for (let member = -1; member !== node; ) {
          member = stack[--stacked] as number;
          lowest[member] = SETTLED;
          if (!isSingle) of[member] = count;
        }
        if (!isSingle) count++;
      }
    }
    return { count, of };
  }
}
