import type { Fault } from '../../core/faults/fault-grammar.ts';
import { effectOf } from '../../core/faults/fault-kinds.ts';
import { UsageError } from '../cli/errors.ts';
import type { TargetNode } from '../targets/target.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { FaultAction, FaultActions, PreparedFault } from './fault-driver.ts';
import { LinkProxy, type LinkState } from './proxy.ts';

/** The links from the load to the nodes, through proxies of this suite if faults need that; every target has them. */
export class ClientLinks implements FaultActions {
  readonly servers: readonly string[];
  readonly otherwise = 'link=clients is between the load and a node.';
  readonly actions: FaultActions['actions'];
  readonly #nodes: readonly TargetNode[];
  readonly #proxies = new Map<string, LinkProxy>();
  readonly #acknowledgements = new Acknowledgements();

  private constructor(nodes: readonly TargetNode[]) {
    this.#nodes = nodes;
    this.servers = nodes.map(({ name }) => name);
    const link = (cut: boolean): FaultAction => ({
      tiers: ['surreal'],
      prepare: async (node, options) => this.#disturb(node, { ...options, cut }),
    });
    this.actions = { partition: link(true), slow: link(false) };
  }

  /** @throws UsageError if a node is asked by https, whose certificate is not the proxy's */
  static async open(nodes: readonly TargetNode[], faults: readonly Fault[]): Promise<ClientLinks> {
    const links = new ClientLinks(nodes);
    const [needing] = faults.filter(needsClientLinks);
    if (needing === undefined) return links;
    for (const { name, url } of nodes) {
      const { protocol, hostname: host, port } = new URL(url);
      if (protocol !== 'http:')
        throw new UsageError(`${needing.text} leads the load through a proxy, and ${name} (${url}) speaks https.`);
      const to = { host, port: Number(port || '80') };
      const watch = () => links.#acknowledgements.watch(name);
      links.#proxies.set(name, await LinkProxy.listen({ to, listen: { host: '127.0.0.1', port: 0 }, watch }));
    }
    return links;
  }

  /** The URL of each node, for the load. */
  get urls(): string[] {
    return this.#nodes.map(({ name, url }) => {
      const port = this.#proxies.get(name)?.port;
      return port === undefined ? url : `http://127.0.0.1:${port}`;
    });
  }

  /**
   * The next acknowledgement of a write by one of some nodes.
   * @returns whether there was one in time
   * @throws the signal's reason
   */
  nextAcknowledgement(nodes: readonly string[], limitMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#acknowledgements.next(nodes, limitMs, signal);
  }

  /** A node's host is lost. @returns brings it back */
  loseHost(node: string): () => void {
    return this.#proxies.get(node)?.loseHost() ?? (() => {});
  }

  #disturb(node: string, link: LinkState): PreparedFault {
    return {
      begin: async () => {
        const undo = this.#proxies.get(node)?.disturb(link);
        if (undo === undefined) throw new Error(`${node} does not have a proxy`);
        return {
          began: Date.now(),
          async undo() {
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

const needsClientLinks = (fault: Fault): boolean =>
  isOfClients(fault) || effectOf(fault).needs.includes('clients') || fault.options.when === 'ack';

export const isOfClients = ({ options }: Fault): boolean => options.link === 'clients';

/** Whether a fault disturbs the links between nodes, stores and PD. */
export const isOfStores = (fault: Fault): boolean => effectOf(fault).needs.includes('links') && !isOfClients(fault);
