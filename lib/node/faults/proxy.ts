import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Direction } from '../../core/faults/fault-kinds.ts';

/** What happens to the packets on a link. */
export interface LinkState {
  readonly direction: Direction;
  /** Nothing gets through. */
  readonly cut: boolean;
  /** Milliseconds. */
  readonly latency: number;
  readonly jitter: number;
  /** Share from 0 to 1. */
  readonly loss: number;
}

/** TCP sends a lost segment again after this at the earliest (Linux, TCP_RTO_MIN), milliseconds. */
const RETRANSMISSION = 200;
/** A sender has to wait if so much is on its way: as the window of a connection does. */
const MOST_BYTES = 1 << 20;

/** Changes what passes, as a whole stream. @returns what may go on now; what it holds back comes with the next chunk or `rest` */
export interface StreamChange {
  next(chunk: Buffer): Buffer;
  rest(): Buffer;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Sees what a connection has delivered, in order. */
export interface ConnectionWatch {
  request(chunk: Buffer): void;
  response(chunk: Buffer): void;
}

interface ProxyOptions {
  readonly to: Endpoint;
  /** Where to listen, on loopback; port 0 takes a free one. */
  readonly listen: Endpoint;
  /** Made for each connection: changes what comes back. */
  readonly change?: () => StreamChange;
  /** Made for each connection. */
  readonly watch?: () => ConnectionWatch;
}

/** A TCP connection's way, which can be slow or cut in each direction. `in` is towards the server that it leads to. */
export class LinkProxy {
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lanes = new Set<Lane>();
  readonly #states: { in: LinkState[]; out: LinkState[] } = { in: [], out: [] };
  /** Sockets of connections to or from a host that is lost; undefined while it is there. */
  #silent: Set<Socket> | undefined;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  static async listen(options: ProxyOptions): Promise<LinkProxy> {
    const proxy = new LinkProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(options.listen.port, options.listen.host, () => resolve());
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy listens on a port');
    return address.port;
  }

  /** @returns undoes it */
  disturb(state: LinkState): () => void {
    const lanes = (['in', 'out'] as const).filter((it) => state.direction === 'both' || state.direction === it);
    for (const lane of lanes) this.#states[lane].push(state);
    return () => {
      for (const lane of lanes) this.#states[lane].splice(this.#states[lane].indexOf(state), 1);
      for (const lane of this.#lanes) lane.flush();
    };
  }

  /**
   * One end's host is lost: what is on its way is dropped, and connections, old and new, fall silent without being closed.
   * @returns brings the host back, which resets them
   */
  loseHost(): () => void {
    const silent = new Set(this.#sockets);
    this.#silent = silent;
    for (const lane of this.#lanes) lane.silence();
    return () => {
      this.#silent = undefined;
      for (const socket of silent) socket.resetAndDestroy();
    };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    this.#hold(client);
    if (this.#silent !== undefined) {
      this.#silent.add(client);
      client.on('error', () => {});
      return;
    }
    const server = connect({ ...this.#options.to, allowHalfOpen: true });
    this.#hold(server);
    const { change, watch } = this.#options;
    const watching = watch?.();
    this.#lanes.add(new Lane(client, server, this.#states.in, { delivered: (chunk) => watching?.request(chunk) }));
    this.#lanes.add(
      new Lane(server, client, this.#states.out, {
        change: change?.(),
        delivered: (chunk) => watching?.response(chunk),
      }),
    );
    client.once('close', () => {
      for (const lane of this.#lanes) if (lane.joins(client)) this.#lanes.delete(lane);
    });
  }

  #hold(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

interface LaneOptions {
  readonly change?: StreamChange | undefined;
  readonly delivered: (chunk: Buffer) => void;
}

type Item = { readonly due: number } & ({ readonly chunk: Buffer } | { readonly ends: 'well' | 'badly' });

/** One direction of one connection: what is sent arrives in order, each thing when it is due, and nothing while it is cut. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #states: readonly LinkState[];
  readonly #change: StreamChange | undefined;
  readonly #delivered: (chunk: Buffer) => void;
  #items: Item[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #restTimer: NodeJS.Timeout | undefined;
  #silent = false;

  constructor(from: Socket, to: Socket, states: readonly LinkState[], { change, delivered }: LaneOptions) {
    this.#from = from;
    this.#to = to;
    this.#states = states;
    this.#change = change;
    this.#delivered = delivered;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.once('end', () => this.#push({ due: this.#due(), ends: 'well' }));
    from.on('error', () => {}); // 'close' comes next.
    from.once('close', () => {
      if (!from.readableEnded) this.#push({ due: this.#due(), ends: 'badly' });
    });
    to.on('drain', () => {
      if (!this.#silent) from.resume();
    });
  }

  joins(socket: Socket): boolean {
    return socket === this.#from || socket === this.#to;
  }

  /** Drops what is on its way, and reads no more: the sender's queue fills, as without acknowledgements. */
  silence(): void {
    this.#silent = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#restTimer);
    this.#items = [];
    this.#from.pause();
  }

  /** Lets go what is due. */
  flush(): void {
    if (this.#silent) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = Date.now();
    while (!this.#isCut) {
      const [item] = this.#items;
      if (item === undefined) break;
      if (item.due > now) {
        this.#timer = setTimeout(() => this.flush(), item.due - now);
        break;
      }
      this.#items.shift();
      this.#deliver(item);
    }
    if (this.#bytes < MOST_BYTES && !this.#to.writableNeedDrain) this.#from.resume();
  }

  get #isCut(): boolean {
    return this.#states.some(({ cut }) => cut);
  }

  #deliver(item: Item): void {
    if ('chunk' in item) {
      this.#bytes -= item.chunk.length;
      if (this.#to.writable && !this.#to.write(item.chunk)) this.#from.pause();
      this.#delivered(item.chunk);
    } else if (item.ends === 'well') this.#to.end();
    else this.#to.destroy();
  }

  #take(chunk: Buffer): void {
    clearTimeout(this.#restTimer);
    const changed = this.#change?.next(chunk) ?? chunk;
    if (changed.length > 0) this.#send(changed);
    // What is held back may be all that comes for now.
    if (this.#change !== undefined) this.#restTimer = setTimeout(() => this.#sendRest(), 2);
  }

  #sendRest(): void {
    const rest = this.#change?.rest();
    if (rest !== undefined && rest.length > 0) this.#send(rest);
  }

  #send(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#push({ due: this.#due(), chunk });
    if (this.#bytes >= MOST_BYTES) this.#from.pause();
  }

  #push(item: Item): void {
    if (this.#silent) return;
    this.#items.push(item);
    if (this.#timer === undefined) this.flush();
  }

  /** Never before what was sent earlier: a stream keeps its order. */
  #due(): number {
    let delay = 0;
    for (const { latency, jitter, loss } of this.#states) {
      delay += latency + (Math.random() * 2 - 1) * jitter;
      while (Math.random() < Math.min(loss, 0.99)) delay += RETRANSMISSION;
    }
    return Math.max(Date.now() + delay, this.#items.at(-1)?.due ?? 0);
  }
}
