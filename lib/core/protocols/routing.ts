/** How a user finds a node for an operation: docs/how-to/faults.md. */
export const ROUTINGS = ['round-robin', 'pinned', 'failover'] as const;
export type Routing = (typeof ROUTINGS)[number];

/** What a router needs from outside. */
export interface Environment<Node> {
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Whether a node that a user has left can be asked again. */
  isBack(node: Node): boolean;
}

/** Milliseconds between two looks at the node that a user was bound to first. */
export const LOOK_BACK_EVERY = 5000;

/**
 * Chooses the node of one user's next operation.
 *
 * - `round-robin`: the nodes in turn, as behind a balancer that does not look at them;
 * - `pinned`: always the node that the user is bound to, as an application with one address;
 * - `failover`: that node until a request to it gets no answer, then the next one, as clients with a list of addresses
 *   (libpq's `host=a,b`, Connector/J). Every few seconds the user looks whether its own node is back, as Connector/J and
 *   the drivers of Cassandra do, and returns.
 */
export class Router<Node> {
  readonly #routing: Routing;
  readonly #nodes: readonly Node[];
  readonly #home: number;
  readonly #around: Environment<Node>;
  #current: number;
  #lookedBack = 0;

  constructor(routing: Routing, nodes: readonly Node[], user: number, around: Environment<Node>) {
    if (nodes.length === 0) throw new Error('a run has nodes');
    this.#routing = routing;
    this.#nodes = nodes;
    this.#home = user % nodes.length;
    this.#current = this.#home;
    this.#around = around;
  }

  /** @param iteration counts the user's iterations: round-robin goes by it */
  nodeFor(iteration: number): Node {
    if (this.#routing === 'round-robin') return this.at(iteration);
    if (this.#current !== this.#home) this.#lookBack();
    return this.at(this.#current);
  }

  /** The nodes in turn, whatever the routing: for scenarios whose meaning is to go from node to node. */
  at(iteration: number): Node {
    return this.#nodes[iteration % this.#nodes.length] as Node;
  }

  /** Marks a node as silent: a request was refused, reset or timed out. It is not sent again; the next one goes elsewhere. */
  markSilent(node: Node): void {
    if (this.#routing !== 'failover' || node !== this.at(this.#current)) return;
    this.#current = (this.#current + 1) % this.#nodes.length;
    this.#lookedBack = this.#around.now();
  }

  #lookBack(): void {
    if (this.#around.now() - this.#lookedBack < LOOK_BACK_EVERY) return;
    if (this.#around.isBack(this.at(this.#home))) this.#current = this.#home;
    this.#lookedBack = this.#around.now();
  }
}
