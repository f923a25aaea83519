import { isDeepStrictEqual } from 'node:util';
import { type Session, sql } from './sql.ts';

/** A node with its session in the demonstration's own database. */
export interface Party extends Session {
  readonly name: string;
  readonly table: string;
}

/** One operation of the demonstration. */
export interface Step {
  /** What it shows: an insert, an update or a delete that the other node must see. */
  readonly shows: 'insert' | 'update' | 'delete';
  /** For people: `insert`, `read`, … */
  readonly operation: string;
  /** The instance that handled it. */
  readonly node: string;
  readonly milliseconds: number;
  /** Why it is not as it must be; absent where it is. */
  readonly problem?: string;
}

const VALUES = { inserted: 'inserted', updated: 'updated' } as const;

/**
 * Shows that two nodes are one cluster: what is inserted on A is read on B, what is updated on B is read on A, and what is
 * deleted on A is gone on B, each at once. It goes on after a problem, so that one run tells everything.
 */
export async function demonstrate(a: Party, b: Party): Promise<Step[]> {
  const id = `${a.table}:${a.name.replaceAll('-', '_')}_to_${b.name.replaceAll('-', '_')}`;
  const read = `SELECT VALUE text FROM ${id}`;
  const write = (text: string) => `SET text = '${text}' RETURN VALUE text`;
  const { inserted, updated } = VALUES;
  const steps: [Step['shows'], string, Party, string, unknown][] = [
    ['insert', 'insert', a, `CREATE ${id} ${write(inserted)}`, [inserted]],
    ['insert', 'read', b, read, [inserted]],
    ['update', 'update', b, `UPDATE ${id} ${write(updated)}`, [updated]],
    ['update', 'read', a, read, [updated]],
    ['delete', 'delete', a, `DELETE ${id} RETURN NONE`, []],
    ['delete', 'read, gone', b, read, []],
  ];
  const done: Step[] = [];
  for (const [shows, operation, party, text, expected] of steps)
    done.push({ shows, operation, node: party.name, ...(await timed(party, text, expected)) });
  return done;
}

async function timed(party: Party, text: string, expected: unknown): Promise<Pick<Step, 'milliseconds' | 'problem'>> {
  const started = performance.now();
  try {
    const found = await sql(party, text);
    const milliseconds = performance.now() - started;
    if (isDeepStrictEqual(found, expected)) return { milliseconds };
    return { milliseconds, problem: `found ${JSON.stringify(found)}, not ${JSON.stringify(expected)}` };
  } catch (error) {
    return {
      milliseconds: performance.now() - started,
      problem: error instanceof Error ? error.message : String(error),
    };
  }
}
