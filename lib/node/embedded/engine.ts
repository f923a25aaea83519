import { NodeEngine } from '@surrealdb/node';
import { CborCodec, type ConnectionState, FlatBufferCodec, JsonCodec, ServerError, Uuid } from 'surrealdb';
import { authProblem, type Credentials, claimsOf, credentialsOf } from './authorization.ts';
import { quoted, quotedIdentifier } from './json.ts';
import { ReadWriteLock } from './read-write-lock.ts';
import { type Statement, withTypedConflicts } from './statements.ts';

/** The headers of a request that decide which session serves it. */
export interface Caller {
  readonly authorization: string | undefined;
  readonly namespace: string | undefined;
  readonly database: string | undefined;
}

/** A caller's standing in the engine, with namespace and database selected. */
export interface Session {
  readonly caller: Caller;
  /** Rejects with a ServerError where the token or password is not good. */
  readonly id: Promise<Uuid>;
  readonly namespace: string | undefined;
  readonly database: string | undefined;
  /** When its token ends, in milliseconds since 1970. */
  readonly ends: number;
}

/** Sessions kept open; a run needs one for each virtual user and namespace. */
const MOST_SESSIONS = 2000;
/** How long a change that must be alone waits for queries that take long. */
const PATIENCE_MS = 1000;

/**
 * SurrealDB's engine in this process, with the sessions of its HTTP callers. Whoever has no session would be its owner:
 * the HTTP front must refuse anonymous callers.
 */
export class Engine {
  /** As the server's `/version` answers: `surrealdb-3.0.2`. */
  readonly version: string;
  readonly #node: NodeEngine;
  readonly #lock = new ReadWriteLock(PATIENCE_MS);
  /** The least recently used one comes first. */
  readonly #sessions = new Map<string, Session>();

  private constructor(node: NodeEngine, version: string) {
    this.#node = node;
    this.version = version;
  }

  /**
   * Opens a store and gives its root user the name and password.
   * @param store `mem://`, `surrealkv://DIRECTORY` or `rocksdb://DIRECTORY`
   */
  static async open(store: string, root: { user: string; pass: string }): Promise<Engine> {
    let requests = 0;
    const codecs = { cbor: CborCodec.DEFAULT, flatbuffer: FlatBufferCodec.DEFAULT, json: JsonCodec.DEFAULT };
    const node = new NodeEngine({ options: {}, uniqueId: () => String(++requests), codecs }, {});
    await new Promise<void>((resolve, reject) => {
      node.subscribe('connected', resolve);
      node.subscribe('error', (error) => reject(error.cause ?? error));
      // The engine reads nothing of the state but the address.
      node.open({ url: new URL(store) } as ConnectionState);
    });
    const engine = new Engine(node, await node.send<string, [], string>({ method: 'version' }));
    await engine.#asOwner(
      `DEFINE USER OVERWRITE ${quotedIdentifier(root.user)} ON ROOT PASSWORD ${quoted(root.pass)} ROLES OWNER`,
    );
    return engine;
  }

  /** The session of a caller; undefined for an anonymous one. */
  session(caller: Caller): Session | undefined {
    const key = keyOf(caller);
    let session = this.#sessions.get(key);
    if (session === undefined || session.ends <= Date.now()) {
      const credentials = credentialsOf(caller.authorization);
      if (credentials === undefined) return undefined;
      session = this.#open(caller, credentials);
    }
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    const [oldest] = this.#sessions.values();
    if (oldest !== undefined && this.#sessions.size > MOST_SESSIONS) this.#forget(oldest);
    return session;
  }

  /** Runs a query; each statement has its own answer. @throws ServerError if nothing of it ran, as on a parse error */
  async query(session: Session, query: string, variables: Readonly<Record<string, unknown>>): Promise<Statement[]> {
    try {
      return await this.#query(query, variables, await session.id);
    } catch (error) {
      // A server makes a session for each request, so there it never gets old.
      if (!isSessionExpired(error)) throw error;
      this.#forget(session);
      const renewed = this.session(session.caller);
      if (renewed === undefined) throw error;
      return this.#query(query, variables, await renewed.id);
    }
  }

  /** Signs a user in or up. @returns the token, or an object of access and refresh token @throws ServerError */
  async sign(direction: 'signin' | 'signup', body: object): Promise<unknown> {
    const id = await this.#attach();
    try {
      return await this.#send(direction, [body], id);
    } finally {
      await this.#send('detach', [], id);
    }
  }

  /** @throws Error where the store does not answer */
  async health(): Promise<void> {
    await this.#asOwner('INFO FOR ROOT');
  }

  /** Waits a while for what is running, and closes the store. */
  async close(): Promise<void> {
    await this.#lock.exclusive(() => this.#node.close());
  }

  #open(caller: Caller, credentials: Credentials): Session {
    const claims = 'token' in credentials ? claimsOf(credentials.token) : {};
    // A token's own namespace and database go before the headers.
    const namespace = claims.NS ?? caller.namespace;
    const database = claims.DB ?? (namespace === undefined ? undefined : caller.database);
    const start = async (): Promise<Uuid> => {
      const id = await this.#attach();
      try {
        if ('token' in credentials) await this.#send('authenticate', [credentials.token], id);
        else await this.#send('signin', [credentials], id);
        if (namespace !== undefined && claims.DB === undefined) await this.#select(id, namespace, database);
        return id;
      } catch (error) {
        await this.#send('detach', [], id);
        throw error;
      }
    };
    const ends = (claims.exp ?? Number.POSITIVE_INFINITY) * 1000;
    const session = { caller, id: start(), namespace, database, ends };
    session.id.catch(() => this.#forget(session));
    return session;
  }

  #forget(session: Session): void {
    const key = keyOf(session.caller);
    if (this.#sessions.get(key) !== session) return;
    this.#sessions.delete(key);
    session.id.then((id) => this.#send('detach', [], id)).catch(() => undefined);
  }

  /** Selects namespace and database in a session without defining them, where the engine's `use` would define both. */
  async #select(id: Uuid, namespace: string, database: string | undefined): Promise<void> {
    const use = () => this.#send('use', [namespace, database], id);
    const selected = await this.#lock.shared(async () => {
      if ((await this.#undefinedPart(namespace, database)) !== undefined) return false;
      await use();
      return true;
    });
    if (selected) return;
    // Nobody may see, or build on, what is taken back at once.
    await this.#lock.exclusive(async () => {
      const part = await this.#undefinedPart(namespace, database);
      await use();
      if (part === 'namespace') await this.#asOwner(`REMOVE NAMESPACE ${quotedIdentifier(namespace)}`);
      if (part === 'database' && database !== undefined)
        await this.#asOwner(`USE NS ${quotedIdentifier(namespace)}; REMOVE DATABASE ${quotedIdentifier(database)}`);
    });
  }

  /** Which of the two is not defined; the namespace before the database. */
  async #undefinedPart(namespace: string, database: string | undefined): Promise<'namespace' | 'database' | undefined> {
    const [root] = await this.#asOwner('INFO FOR ROOT');
    if (!has(root, 'namespaces', namespace)) return 'namespace';
    if (database === undefined) return undefined;
    const [, inside] = await this.#asOwner(`USE NS ${quotedIdentifier(namespace)}; INFO FOR NAMESPACE`);
    return has(inside, 'databases', database) ? undefined : 'database';
  }

  async #query(query: string, variables: Readonly<Record<string, unknown>>, id: Uuid): Promise<Statement[]> {
    return this.#lock.shared(async () =>
      withTypedConflicts(await this.#send<Statement[]>('query', [query, variables], id)),
    );
  }

  /** Runs a query with all rights. @throws Error where a statement of it fails */
  async #asOwner(query: string): Promise<Statement[]> {
    const statements = await this.#send<Statement[]>('query', [query]);
    const failed = statements.find(({ status }) => status === 'ERR');
    if (failed !== undefined) throw new Error(String(failed.result));
    return statements;
  }

  async #attach(): Promise<Uuid> {
    const id = Uuid.v4();
    await this.#send('attach', [], id);
    return id;
  }

  #send<T>(method: string, params: unknown[], session?: Uuid): Promise<T> {
    return this.#node.send<string, unknown[], T>({ method, params, session });
  }
}

// A header holds no line break, so no two callers share a key.
const keyOf = ({ authorization, namespace, database }: Caller): string =>
  [authorization, namespace, database].join('\n');

const has = (info: Statement | undefined, part: string, name: string): boolean => {
  const result = info?.result as Record<string, Record<string, unknown>> | undefined;
  return Object.hasOwn(result?.[part] ?? {}, name);
};

const isSessionExpired = (error: unknown): boolean =>
  error instanceof ServerError && authProblem(error) === 'SessionExpired';
