import type { Fault } from '../../core/faults/fault-grammar.ts';
import { UsageError } from '../errors.ts';
import type { TargetNode } from '../targets/target.ts';
import type { Act, LinkState } from './fault-driver.ts';
import { LinkProxy } from './proxy.ts';

/** The ways from the load to the nodes, through proxies of ours where faults need that; any target has them. */
export class ClientLinks {
  readonly #nodes: readonly TargetNode[];
  readonly #proxies: ReadonlyMap<string, LinkProxy>;

  private constructor(nodes: readonly TargetNode[], proxies: ReadonlyMap<string, LinkProxy>) {
    this.#nodes = nodes;
    this.#proxies = proxies;
  }

  /** @throws UsageError where a node is asked by https, whose certificate is not the proxy's */
  static async open(nodes: readonly TargetNode[], faults: readonly Fault[]): Promise<ClientLinks> {
    const proxies = new Map<string, LinkProxy>();
    if (!faults.some(isOfClients)) return new ClientLinks(nodes, proxies);
    for (const { name, url } of nodes) {
      const { protocol, hostname: host, port } = new URL(url);
      if (protocol !== 'http:')
        throw new UsageError(`link=clients leads the load through a proxy, and ${name} (${url}) speaks https.`);
      const to = { host, port: Number(port || '80') };
      proxies.set(name, await LinkProxy.listen({ to, listen: { host: '127.0.0.1', port: 0 } }));
    }
    return new ClientLinks(nodes, proxies);
  }

  /** Where the load is to ask each node. */
  get urls(): string[] {
    return this.#nodes.map(({ name, url }) => {
      const port = this.#proxies.get(name)?.port;
      return port === undefined ? url : `http://127.0.0.1:${port}`;
    });
  }

  disturb(node: string, link: LinkState): Act {
    return {
      begin: async () => {
        const undo = this.#proxies.get(node)?.disturb(link);
        if (undo === undefined) throw new Error(`${node} has no proxy`);
        return {
          began: Date.now(),
          async heal() {
            undo();
            return Date.now();
          },
        };
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  }
}

export const isOfClients = ({ options }: Fault): boolean => options.link === 'clients';

/** Whether a fault is on the ways between nodes, stores and PD. */
export const isOfStores = ({ kind, options }: Fault): boolean =>
  (kind === 'partition' || kind === 'slow') && options.link === 'stores';
