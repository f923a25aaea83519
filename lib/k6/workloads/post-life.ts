import { hash } from '../../core/random/random.ts';
import { POSTS, writtenPost } from '../../core/workloads/blog.ts';
import type { Route } from '../session/route.ts';
import { settings } from '../setup/environment.ts';
import { userId } from '../test/execution.ts';
import { wrongRecord } from './blog-user.ts';
import { ShadowRecords } from './shadow-record.ts';

const STEPS = ['create', 'merge', 'replace', 'delete'] as const;

/** Posts that one user writes, changes, replaces and deletes, one step a call; another node must show each step. */
export class PostLife {
  readonly expected: ShadowRecords;
  readonly #prefix: string;
  #lives = 0;
  #step = 0;
  #sure = true;

  /** @param letter begins the ids, so that scenarios do not meet */
  constructor(letter: string) {
    this.expected = new ShadowRecords(wrongRecord);
    this.#prefix = letter;
  }

  async next(route: Route): Promise<void> {
    if (!this.#sure || this.#step === STEPS.length) {
      this.#step = 0;
      this.#lives++;
    }
    // Stays false where the step is interrupted: the next life begins then.
    this.#sure = false;
    const f = STEPS[this.#step] ?? 'create';
    const id = `${this.#prefix}${userId()}n${this.#lives}`;
    const text = writtenPost(settings.seed, hash(userId(), this.#lives, this.#step));
    const whole = { ...text, author: 'user:s0', published: true, created: this.#step };
    this.#sure = await this.expected.write(f, route, POSTS, id, f === 'merge' ? { title: text.title } : whole);
    if (this.#sure) await this.expected.check(route.next(), POSTS, id, `after ${f} on ${route.node.name}`);
    this.#step++;
  }
}
