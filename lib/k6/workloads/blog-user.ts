import type { Namespace } from '../../core/access/run-place.ts';
import { CLIENTS, queryOrCall } from '../../core/protocols/clients.ts';
import { query } from '../../core/protocols/request.ts';
import { fingerprint } from '../../core/random/random.ts';
import { type Row, rowOf } from '../../core/verdict/table-shape.ts';
import { type Account, entry } from '../../core/workloads/accounts.ts';
import { leaksAmong, type OpenedPost, POSTS } from '../../core/workloads/blog.ts';
import { findings, type Sighting } from '../operations/answer-findings.ts';
import { operation } from '../operations/operation.ts';
import type { Node } from '../session/nodes.ts';
import { type Route, routeOf } from '../session/route.ts';
import { guestSession, Session, SignInError, type Token, tokenOf } from '../session/session.ts';
import { settings } from '../setup/environment.ts';
import { ShadowRecords } from './shadow-record.ts';

/** Findings of all blog scenarios. */
export const wrongRecord = findings('wrong record');
export const leakedDraft = findings('leaked draft');
export const foreignEdit = findings('foreign edit');

const ENTRIES = { signup: operation({ f: 'sign-up' }), signin: operation({ f: 'sign-in' }) };
/** After an entry that was not answered clearly. */
const RETRIED_ENTRIES = {
  signup: operation({ f: 'sign-up', refusal: 'HTTP 4' }),
  signin: operation({ f: 'sign-in', refusal: 'HTTP 4' }),
};
const READS = { feed: operation({ f: 'feed' }), open: operation({ f: 'open' }), search: operation({ f: 'search' }) };
const RELATIONS = { comment: operation({ f: 'comment' }), like: operation({ f: 'like' }) };

/** One signed-in reader and author: asks in SurrealQL, and looks for drafts of others in every answer. */
export class BlogUser {
  readonly id: string;
  /** The user as a record link. */
  readonly link: string;
  readonly expected: ShadowRecords;
  #session: Session | undefined;
  readonly guest: Session;
  readonly #account: Account;
  /** Posts that the user likes. */
  readonly liked = new Set<string>();
  /** Records that the user has made. */
  made = 0;
  #isKnown = false;
  #tries = 0;

  constructor(number: number, namespace: Namespace) {
    this.id = `a${number}`;
    this.link = `user:${this.id}`;
    this.expected = new ShadowRecords(wrongRecord);
    this.guest = guestSession(namespace);
    const pass = fingerprint(settings.seed, number, 99);
    this.#account = { id: this.id, name: `Author ${number}`, email: `${this.id}@example.org`, pass };
  }

  /**
   * Signs in; the first time up. A sign-up of unknown outcome may have been carried out, or may yet be: until one of
   * them is acknowledged both are tried in turn, and a refusal is not an error then.
   */
  async enter({ node }: Route): Promise<void> {
    const action = this.#isKnown || this.#tries % 2 === 1 ? 'signin' : 'signup';
    const isOpen = !this.#isKnown && this.#tries > 0;
    this.#tries++;
    const { namespace } = this.guest;
    const operations = isOpen ? RETRIED_ENTRIES : ENTRIES;
    const request = entry(action, namespace, this.#account);
    const asked = Date.now();
    const answer = await operations[action](routeOf(this.guest, node, CLIENTS.sql))(request, this.link);
    if (answer.outcome !== 'ok') return;
    this.#isKnown = true;
    this.#session = new Session(namespace, tokenOf(answer.value, asked), (at) => this.#again(at));
  }

  /** The same way as this user; undefined before it has signed in. */
  route({ node, client }: Route): Route | undefined {
    return this.#session && routeOf(this.#session, node, client);
  }

  /** Id of a new post or edge. */
  newId(): string {
    return `${this.id}n${this.made++}`;
  }

  #again(node: Node): Token {
    const request = entry('signin', this.guest.namespace, this.#account);
    const asked = Date.now();
    const answer = routeOf(this.guest, node, CLIENTS.sql).ask('sign-in', request);
    if (answer.outcome === 'ok') return tokenOf(answer.value, asked);
    throw new SignInError(`${node.name} gave ${this.link} no token: ${answer.message}`);
  }

  /** Asks for posts by one statement of SurrealQL; undefined if there was no answer. */
  async posts(f: keyof typeof READS, route: Route, text: string): Promise<Row[] | undefined> {
    const answer = await READS[f](route)(query(text));
    if (answer.outcome !== 'ok') return undefined;
    const rows = (answer.value[0] as Row[]).map((row) => rowOf(POSTS, row));
    lookForLeaks(this.link, rows, { node: route.node, protocol: 'sql' }, text);
    return rows;
  }

  /** A post with its comments and likes, by graph traversal. */
  async open(route: Route, id: string): Promise<OpenedPost | undefined> {
    const text = `SELECT *, <-comment.{text, in} AS comments, <-likes.in AS likes FROM post:${id}`;
    return (await this.posts('open', route, text))?.[0] as OpenedPost | undefined;
  }

  /** Makes an edge from this user to a post, and says whether it was acknowledged. */
  async relate(
    f: keyof typeof RELATIONS,
    route: Route,
    edge: string,
    post: string,
    content?: string,
  ): Promise<boolean> {
    const key = `${f === 'like' ? 'likes' : f}:${edge}`;
    const text = `RELATE ${this.link}->${key}->post:${post}${content === undefined ? '' : ` CONTENT ${content}`} RETURN NONE`;
    const parameters = `"${this.link}","${key}","post:${post}",${content ?? '{}'}`;
    return (await RELATIONS[f](route)(queryOrCall(route.client, text, 'relate', parameters), key)).outcome === 'ok';
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
