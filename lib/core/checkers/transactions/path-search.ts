import { ACYCLIC, type Components, type Graph } from './graph.ts';

/** One edge of a path. */
export interface Step {
  readonly from: number;
  readonly type: number;
  readonly to: number;
}

/**
 * Finds short paths within one component of a graph. Its memory serves all searches.
 *
 * Breadth first in two queues, since some edges only hand on to the next node and cost nothing (0-1 BFS).
 */
export class PathSearch {
  readonly #graph: Graph;
  readonly #isFree: (target: number, type: number) => boolean;
  readonly #cameFrom: Int32Array;
  readonly #cameBy: Uint8Array;
  /** The search in which a node was last reached. */
  readonly #reachedIn: Int32Array;
  #search = 0;

  /** @param isFree whether an edge costs nothing, by its target and type */
  constructor(graph: Graph, isFree: (target: number, type: number) => boolean) {
    this.#graph = graph;
    this.#isFree = isFree;
    this.#cameFrom = new Int32Array(graph.size);
    this.#cameBy = new Uint8Array(graph.size);
    this.#reachedIn = new Int32Array(graph.size);
  }

  /**
   * A shortest path of at least one edge over the types in the mask; a cycle where both ends are the same node.
   *
   * @param budget nodes to look at before giving up
   */
  find(
    from: number,
    to: number,
    mask: number,
    within: Components,
    budget = Number.POSITIVE_INFINITY,
  ): Step[] | undefined {
    const { offsets, targets, types } = this.#graph;
    const component = within.of[from];
    if (component === ACYCLIC || within.of[to] !== component) return undefined;
    this.#search++;
    let left = budget;
    let near = [from];
    let far: number[] = [];
    while (near.length > 0) {
      for (let node = near.pop(); node !== undefined; node = near.pop()) {
        if (left-- <= 0) return undefined;
        for (let edge = offsets[node] as number; edge < (offsets[node + 1] as number); edge++) {
          const type = types[edge] as number;
          const target = targets[edge] as number;
          if ((type & mask) === 0 || within.of[target] !== component) continue;
          if (target === to) return this.#pathTo(from, node, { from: node, type, to });
          if (this.#reachedIn[target] === this.#search || target === from) continue;
          this.#reachedIn[target] = this.#search;
          this.#cameFrom[target] = node;
          this.#cameBy[target] = type;
          if (this.#isFree(target, type)) near.push(target);
          else far.push(target);
        }
      }
      [near, far] = [far, near];
    }
    return undefined;
  }

  #pathTo(from: number, node: number, last: Step): Step[] {
    const steps = [last];
    for (let at = node; at !== from; at = this.#cameFrom[at] as number)
      steps.push({ from: this.#cameFrom[at] as number, type: this.#cameBy[at] as number, to: at });
    return steps.reverse();
  }
}
