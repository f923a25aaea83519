import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { Failure } from '../cli/errors.ts';

export const DEFAULT_PORT = 8000;

/**
 * Where free ports are looked for: below those that systems give to connections by themselves (Linux from 32768), where one could
 * take the port of a node before it starts, or while it is down.
 */
const FREE = { from: 10_000, below: 32_768, attempts: 1000 };

/** Listens on a loopback port; undefined where something else does. */
function take(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Listens on any free port. @throws Failure if none is to be had */
async function takeAny(): Promise<Server> {
  for (let attempt = 0; attempt < FREE.attempts; attempt++) {
    const server = await take(randomInt(FREE.from, FREE.below));
    if (server !== undefined) return server;
  }
  throw new Failure(
    `None of ${FREE.attempts} ports of 127.0.0.1 from ${FREE.from} to ${FREE.below - 1} could be taken. Name one that can be: --port ${DEFAULT_PORT}.`,
  );
}

const release = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('a server on a port has an address');
  return address.port;
}

/**
 * Ports for nodes: consecutive ones from `first`, or any free ones where it is 0.
 * All are held until the last is found, so that they differ.
 * @throws Failure naming the port or ports that are taken
 */
export async function portsFrom(first: number, count: number): Promise<number[]> {
  const servers: Server[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const wanted = first + index;
      const server = first === 0 ? await takeAny() : await take(wanted);
      if (server === undefined)
        throw new Failure(
          `Port ${wanted} is taken by another program. Stop that program, or choose other ports: --port ${first + 100}, or --port 0 for any free ones.`,
        );
      servers.push(server);
    }
    return servers.map(portOf);
  } finally {
    await Promise.all(servers.map(release));
  }
}

/** Whether the default ports are free for this many nodes. */
export const defaultPortsFree = (count: number): Promise<boolean> =>
  portsFrom(DEFAULT_PORT, count).then(
    () => true,
    () => false,
  );
