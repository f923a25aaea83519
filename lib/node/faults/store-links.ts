import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { Failure } from '../cli/errors.ts';
import { placement } from '../cluster/pd.ts';
import { LinkProxy, type LinkState, type StreamChange } from './proxy.ts';

/** Addresses on loopback of each length that one can have. Outside Linux only the first is there. */
const LOOPBACK = [
  '127.0.0.1',
  '127.0.0.10',
  '127.0.0.100',
  '127.0.10.100',
  '127.0.100.100',
  '127.10.100.100',
  '127.100.100.100',
];
const ATTEMPTS = 50;

/**
 * The ways of one node to PD and to every store, each through a proxy of its own. A node learns the addresses of the others from
 * PD; in what PD answers, they are replaced by those of the proxies, which have the same length, so that nothing else in the
 * messages changes (gRPC does not compress them, and has no sum over them).
 */
export class StoreLinks {
  readonly #pd: string;
  readonly #proxies: ReadonlyMap<string, LinkProxy>;

  private constructor(pd: string, proxies: ReadonlyMap<string, LinkProxy>) {
    this.#pd = pd;
    this.#proxies = proxies;
  }

  /**
   * @param pd base URL of a PD member
   * @throws Failure where an address has no counterpart on loopback
   */
  static async open(pd: string): Promise<StoreLinks> {
    const { members, stores } = await placement(pd);
    const named = [
      ...members.map(({ url }, index) => [`pd-${index + 1}`, new URL(url).host] as const),
      ...stores.map(({ address }, index) => [`tikv-${index + 1}`, address] as const),
    ];
    const replacements = new Map<string, string>();
    const proxies = new Map<string, LinkProxy>();
    const change = () => new Replacement(replacements);
    let first = '';
    for (const [name, address] of named) {
      const { hostname: host, port } = new URL(`tcp://${address}`);
      const proxy = await listenLike(address, {
        to: { host, port: Number(port) },
        ...(name.startsWith('pd-') ? { change } : {}),
      });
      replacements.set(address, proxy.address);
      proxies.set(name, proxy.proxy);
      if (name === 'pd-1') first = proxy.address;
    }
    return new StoreLinks(first, proxies);
  }

  /** What the node is to be started with, as `surreal` takes it. */
  get store(): string {
    return `tikv://${this.#pd}`;
  }

  /** Names of the servers that it leads to. */
  get servers(): string[] {
    return [...this.#proxies.keys()];
  }

  /** Disturbs the way to one server, or to all of them. @returns undoes it */
  disturb(state: LinkState, server?: string): () => void {
    const undo = [...this.#proxies].flatMap(([name, proxy]) =>
      server === undefined || server === name ? [proxy.disturb(state)] : [],
    );
    return () => {
      for (const each of undo) each();
    };
  }

  /** The node's host is lost. @returns brings it back */
  loseHost(): () => void {
    const undo = [...this.#proxies.values()].map((proxy) => proxy.loseHost());
    return () => {
      for (const each of undo) each();
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  }
}

/** Listens on an address of the same length as another one. */
async function listenLike(
  address: string,
  options: Omit<Parameters<typeof LinkProxy.listen>[0], 'listen'>,
): Promise<{ proxy: LinkProxy; address: string }> {
  for (const host of LOOPBACK) {
    const digits = address.length - host.length - 1;
    if (digits < 4 || digits > 5) continue;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const port = digits === 4 ? randomInt(1024, 10_000) : randomInt(10_000, 32_768);
      if (!(await isFree(host, port))) continue;
      return { proxy: await LinkProxy.listen({ ...options, listen: { host, port } }), address: `${host}:${port}` };
    }
  }
  throw new Failure(
    `The way to ${address} cannot be led through a proxy: there is no address of that length on loopback. Without faults of kind partition or slow on the way to the stores, none is needed.`,
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** Replaces texts by others of the same length, also if it is spread over two chunks. */
export class Replacement implements StreamChange {
  readonly #replacements: ReadonlyMap<string, string>;
  #held = Buffer.alloc(0);

  constructor(replacements: ReadonlyMap<string, string>) {
    this.#replacements = replacements;
  }

  next(chunk: Buffer): Buffer {
    const all = Buffer.concat([this.#held, chunk]);
    for (const [from, to] of this.#replacements)
      for (let at = all.indexOf(from, 0, 'latin1'); at >= 0; at = all.indexOf(from, at + to.length, 'latin1'))
        all.write(to, at, 'latin1');
    const held = this.#unfinished(all);
    this.#held = all.subarray(all.length - held);
    return all.subarray(0, all.length - held);
  }

  rest(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }

  /** How many of the last bytes may be the beginning of a text that goes on in the next chunk. */
  #unfinished(all: Buffer): number {
    let longest = 0;
    for (const from of this.#replacements.keys())
      for (let length = Math.min(from.length - 1, all.length); length > longest; length--)
        if (all.toString('latin1', all.length - length) === from.slice(0, length)) longest = length;
    return longest;
  }
}
