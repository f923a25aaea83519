// When a fault strikes, and the answers that SurrealDB gives over SQL.
import type { Exchange, Fault, Reply } from './proxy.ts';

export type Forward = Parameters<Fault>[1];

/** Handles an operation, armed or not; tells with the reply whether the fault has struck. */
export type Misbehaviour = (
  exchange: Exchange,
  forward: Forward,
  armed: boolean,
) => Promise<readonly [Reply, struck: boolean]>;

const isOperation = ({ path, body }: Exchange): boolean =>
  path.startsWith('/sql') &&
  /^(LET \$\w+ = <\w+> \$\w+;)*(BEGIN;|UPSERT |CREATE \$?\w+ SET |SELECT VALUE |DELETE item:)/.test(body);

/** Arms the fault at every `oneIn`-th operation; it strikes at the next one that it can be done to. */
export function armedEvery(oneIn: number, misbehave: Misbehaviour): Fault {
  let seen = 0;
  let due = 0;
  return async (exchange, forward) => {
    if (!isOperation(exchange)) return forward();
    if (++seen % oneIn === 0) due++;
    const armed = due > 0;
    if (armed) due--;
    const [reply, struck] = await misbehave(exchange, forward, armed);
    if (armed && !struck) due++;
    return reply;
  };
}

export interface Statement {
  result: unknown;
  status: string;
}

export const statementsOf = ({ body }: Reply): Statement[] => JSON.parse(body) as Statement[];
export const replyOf = (statements: readonly object[]): Reply => ({ status: 200, body: JSON.stringify(statements) });
export const isFine = ({ status, body }: Reply): boolean => status === 200 && !body.includes('"ERR"');
export const withoutTime = ({ body }: Reply): string => body.replace(/"time":"[^"]*"/g, '');
export const isRead = ({ body }: Exchange): boolean => body.startsWith('SELECT VALUE ');
/** A write whose answer tells nothing that was read: a value in parentheses stays within the transaction. */
export const isWrite = ({ body }: Exchange): boolean =>
  isWorkloadFiles(body) ? /\b(CREATE|UPDATE) /.test(body) : !/(?<!\()(SELECT|RETURN) VALUE /.test(body);

/** Requests of workload files give their parameters types first. */
const isWorkloadFiles = (body: string): boolean => body.startsWith('LET $');

export const refusal = (reason: string): Reply =>
  replyOf([{ result: `An error occurred: ${reason}`, status: 'ERR', kind: 'Thrown', time: '1ms' }]);

/** What the database answers to a write that returns nothing and succeeds. */
export const acknowledgement = (body: string): Reply =>
  replyOf(
    body
      .split(';')
      .filter((text) => text.trim() !== '')
      .map(() => ({ result: [], status: 'OK', time: '1ms', type: null })),
  );

/** Forwards a changed body; struck where the database carried it out. */
export async function changed(forward: Forward, body: string): Promise<readonly [Reply, boolean]> {
  const reply = await forward({ body });
  return [reply, isFine(reply)];
}

/** A statement that does nothing and leaves the answer with as many results. */
export const NOTHING = 'LET $nothing = 0;';
