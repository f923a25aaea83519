import type { Request } from '../../core/protocols/request.ts';
import { type Content, difference, type Row, type TableShape } from '../../core/verdict/table-shape.ts';
import type { Sighting } from '../operations/answer-findings.ts';
import { type Operations, operation } from '../operations/operation.ts';
import type { Route } from '../session/route.ts';

export type WriteName = 'create' | 'replace' | 'merge' | 'delete';

const WRITES: Readonly<Record<WriteName, Operations>> = {
  create: operation({ f: 'create' }),
  replace: operation({ f: 'replace' }),
  merge: operation({ f: 'merge' }),
  delete: operation({ f: 'delete' }),
};
const reading = operation({ f: 'read' });

interface Known {
  readonly table: TableShape;
  readonly id: string;
  /** undefined: it was removed. */
  readonly content: Content | undefined;
}

/** Writes records that one user alone writes, remembers what they must hold, and compares it with what nodes show. */
export class ShadowRecords {
  readonly #wrong: (sighting: Sighting) => void;
  readonly #known = new Map<string, Known>();

  constructor(wrong: (sighting: Sighting) => void) {
    this.#wrong = wrong;
  }

  /** Records of which it is known what they hold. */
  get records(): readonly Known[] {
    return [...this.#known.values()];
  }

  contentOf(table: TableShape, id: string): Content | undefined {
    return this.#known.get(`${table.name}:${id}`)?.content;
  }

  /** @returns whether it was acknowledged; if not, what the record holds is unknown, and nothing is expected of it */
  async write(f: WriteName, route: Route, table: TableShape, id: string, content: Content): Promise<boolean> {
    const { client } = route;
    const key = `${table.name}:${id}`;
    const before = this.contentOf(table, id);
    this.#known.delete(key);
    const request: Request<unknown> = f === 'delete' ? client.remove(table, id) : client[f](table, id, content);
    const answer = await WRITES[f](route)(request, key);
    if (answer.outcome !== 'ok') return false;
    const now = f === 'delete' ? undefined : f === 'merge' ? { ...before, ...content } : content;
    this.#known.set(key, { table, id, content: now });
    // These two answer with the record as it has become.
    if (f === 'replace' || f === 'merge')
      this.compare(route, table, id, answer.value as Row | undefined, `answer to ${f}`);
    return true;
  }

  /**
   * Reads a record and reports where it is not as known.
   * @param when what was done before, for the report
   * @returns whether it could be read
   */
  async check(route: Route, table: TableShape, id: string, when: string): Promise<boolean> {
    const key = `${table.name}:${id}`;
    const answer = await reading(route)(route.client.read(table, id), key);
    if (answer.outcome !== 'ok') return false;
    this.compare(route, table, id, answer.value, when);
    return true;
  }

  /** Reports a row that is not as known. */
  compare({ node, client }: Route, table: TableShape, id: string, row: Row | undefined, when: string): void {
    const key = `${table.name}:${id}`;
    const known = this.#known.get(key);
    const wrong = known && difference(row, id, known.content);
    if (wrong !== undefined) this.#wrong({ node, protocol: client.protocol, key, says: `${when}: ${wrong}` });
  }
}
