import { leaksAmong, type OpenedPost, POSTS } from '../core/blog.ts';
import type { Answer } from '../core/outcome.ts';
import { fingerprint } from '../core/random.ts';
import { type Row, rowOf } from '../core/table-shape.ts';
import { type Account, enter } from './accounts.ts';
import { settings } from './environment.ts';
import { findings, type Sighting } from './findings.ts';
import type { Node } from './nodes.ts';
import type { Operate } from './operate.ts';
import { query, type Route } from './protocols.ts';
import { RecordKeeper } from './record-keeper.ts';
import { guestSession, type Place, Session, SignInError, type Token } from './session.ts';

/** Findings of all blog scenarios. */
export const wrongRecord = findings('wrong record');
export const leakedDraft = findings('leaked draft');
export const foreignEdit = findings('foreign edit');

/** One signed-in reader and author: asks in SurrealQL, and looks for drafts of others in every answer. */
export class BlogUser {
  readonly id: string;
  /** The user as a record link. */
  readonly link: string;
  readonly keeper: RecordKeeper;
  session: Session | undefined;
  readonly guest: Session;
  readonly #place: Place;
  readonly #account: Account;
  readonly operate: Operate;
  /** Posts that the user likes. */
  readonly liked = new Set<string>();
  /** Records that the user has made. */
  made = 0;
  #isKnown = false;
  #tries = 0;

  constructor(number: number, place: Place, operate: Operate) {
    this.id = `a${number}`;
    this.link = `user:${this.id}`;
    this.keeper = new RecordKeeper(operate, wrongRecord);
    this.#place = place;
    this.guest = guestSession(place);
    this.operate = operate;
    const pass = fingerprint(settings.seed, number, 99);
    this.#account = { id: this.id, name: `Author ${number}`, email: `${this.id}@example.org`, pass };
  }

  /**
   * Signs in; the first time up. A sign-up without a clear answer may have been carried out, or may yet be: until one of
   * them is acknowledged both are tried in turn, and a refusal is no error then.
   */
  enter(node: Node): void {
    const action = this.#isKnown || this.#tries % 2 === 1 ? 'signin' : 'signup';
    const f = action === 'signup' ? 'sign-up' : 'sign-in';
    const isOpen = !this.#isKnown && this.#tries > 0;
    this.#tries++;
    const intent = { f, key: this.link, ...(isOpen ? { refusal: 'HTTP 4' } : {}) };
    const answer = this.operate(intent, node, 'sql', () => enter(action, node, this.#place, this.#account));
    if (answer.outcome !== 'ok') return;
    this.#isKnown = true;
    this.session = new Session(this.#place, answer.value, (at) => this.#again(at));
  }

  /** Id of a new post or edge. */
  newId(): string {
    return `${this.id}n${this.made++}`;
  }

  #again(node: Node): Token {
    const answer = enter('signin', node, this.#place, this.#account);
    if (answer.outcome === 'ok') return answer.value;
    throw new SignInError(`${node.name} gave ${this.link} no token: ${answer.message}`);
  }

  /** Asks for posts by one statement of SurrealQL; undefined where there was no clear answer. */
  posts(f: string, { session, node }: Route, text: string): Row[] | undefined {
    const answer = this.operate({ f }, node, 'sql', () => query(session, node, f, text));
    if (answer.outcome !== 'ok') return undefined;
    const rows = (answer.value[0] as Row[]).map((row) => rowOf(POSTS, row));
    lookForLeaks(this.link, rows, { node, protocol: 'sql' }, text);
    return rows;
  }

  /** A post with its comments and likes, by graph traversal. */
  open(route: Route, id: string): OpenedPost | undefined {
    const text = `SELECT *, <-comment.{text, in} AS comments, <-likes.in AS likes FROM post:${id}`;
    return this.posts('open', route, text)?.[0] as OpenedPost | undefined;
  }

  /** Makes an edge from this user to a post, and says whether it was acknowledged. */
  relate(f: 'comment' | 'like', { session, node }: Route, edge: string, post: string, content: string): boolean {
    const table = f === 'like' ? 'likes' : f;
    const text = `RELATE ${this.link}->${table}:${edge}->post:${post}${content} RETURN NONE`;
    const answer: Answer<unknown> = this.operate({ f, key: `${table}:${edge}` }, node, 'sql', () =>
      query(session, node, f, text),
    );
    return answer.outcome === 'ok';
  }
}

/** Reports drafts of others among rows that somebody was shown. */
export function lookForLeaks(
  to: string,
  rows: readonly Row[],
  where: Pick<Sighting, 'node' | 'protocol'>,
  request: string,
): void {
  for (const row of leaksAmong(rows, to)) {
    const says = `${to} was shown it by ${request}: ${JSON.stringify(row)}`;
    leakedDraft({ ...where, key: `post:${row.id}`, says });
  }
}
