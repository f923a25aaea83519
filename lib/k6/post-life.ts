import { POSTS, writtenPost } from '../core/blog.ts';
import { hash } from '../core/random.ts';
import { wrongRecord } from './blog-user.ts';
import { settings } from './environment.ts';
import { userId } from './execution.ts';
import type { Node } from './nodes.ts';
import type { Operate } from './operate.ts';
import type { Route } from './protocols.ts';
import { RecordKeeper } from './record-keeper.ts';

const STEPS = ['create', 'merge', 'replace', 'delete'] as const;

/** Posts that one user writes, changes, replaces and deletes, one step a call; another node must show each step. */
export class PostLife {
  readonly keeper: RecordKeeper;
  readonly #prefix: string;
  readonly #nodeAfter: (node: Node) => Node;
  #lives = 0;
  #step = 0;
  #sure = true;

  /** @param letter begins the ids, so that scenarios do not meet */
  constructor(letter: string, operate: Operate, nodeAfter: (node: Node) => Node) {
    this.keeper = new RecordKeeper(operate, wrongRecord);
    this.#prefix = letter;
    this.#nodeAfter = nodeAfter;
  }

  next(route: Route): void {
    if (!this.#sure || this.#step === STEPS.length) {
      this.#step = 0;
      this.#lives++;
    }
    // Stays false where the step is cut off: the next life begins then.
    this.#sure = false;
    const f = STEPS[this.#step] ?? 'create';
    const id = `${this.#prefix}${userId()}n${this.#lives}`;
    const text = writtenPost(settings.seed, hash(userId(), this.#lives, this.#step));
    const whole = { ...text, author: 'user:s0', published: true, created: this.#step };
    this.#sure = this.keeper.write(f, route, POSTS, id, f === 'merge' ? { title: text.title } : whole);
    const next = { ...route, node: this.#nodeAfter(route.node) };
    if (this.#sure) this.keeper.check(next, POSTS, id, `after ${f} on ${route.node.name}`);
    this.#step++;
  }
}
