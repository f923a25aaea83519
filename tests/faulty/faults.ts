import type { Exchange, Fault } from './proxy.ts';

/** Misbehaves in every `oneIn`-th request that `applies`, starting with the first full round: rates are exact. */
function everyNth(oneIn: number, applies: (exchange: Exchange) => boolean, fault: Fault): Fault {
  let seen = 0;
  return (exchange, forward) => {
    if (!applies(exchange)) return forward();
    seen++;
    return seen % oneIn === 0 ? fault(exchange, forward) : forward();
  };
}

const isCreate = ({ method, path, body }: Exchange): boolean =>
  (path.startsWith('/sql') && body.startsWith('CREATE ')) ||
  (path.startsWith('/key/') && method === 'POST') ||
  (path.startsWith('/graphql') && body.includes('mutation'));

const OK_WITHOUT_RESULT = JSON.stringify([{ result: [], status: 'OK', time: '1ms', type: null }]);

/** Faults by name, each made for a rate. */
export const FAULTS = {
  none: () => (_exchange, forward) => forward(),
  /** Acknowledges a create and forgets it. */
  'lose-write': (oneIn) =>
    everyNth(oneIn, isCreate, async ({ path }) => ({
      status: 200,
      body: path.startsWith('/graphql') ? JSON.stringify({ data: { created: { id: 'x' } } }) : OK_WITHOUT_RESULT,
    })),
  /** Keeps another value than the one that was sent. */
  'corrupt-write': (oneIn) =>
    everyNth(oneIn, isCreate, ({ body }, forward) => forward({ body: body.replace(/("payload":")./, '$1z') })),
  /** Answers "already exists" to a create that it carried out. */
  'refuse-but-apply': (oneIn) =>
    everyNth(oneIn, isCreate, async (_exchange, forward) => {
      await forward();
      const refused = { result: 'Database record already exists', status: 'ERR', kind: 'AlreadyExists', time: '1ms' };
      return { status: 200, body: JSON.stringify([refused]) };
    }),
} satisfies Record<string, (oneIn: number) => Fault>;

export type FaultName = keyof typeof FAULTS;
