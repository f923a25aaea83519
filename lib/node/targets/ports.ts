import { createServer, type Server } from 'node:net';
import { Failure } from '../cli/errors.ts';

export const DEFAULT_PORT = 8000;

/** Listens on a loopback port, with 0 on any free one; undefined where something else does. */
function take(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const release = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('a server on a port has an address');
  return address.port;
}

/**
 * Ports for nodes: consecutive ones from `first`, or any free ones where it is 0.
 * All are held until the last is found: the system may give a port that was let go to the next who asks.
 * @throws Failure naming the port that is taken
 */
export async function portsFrom(first: number, count: number): Promise<number[]> {
  const servers: Server[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const wanted = first === 0 ? 0 : first + index;
      const server = await take(wanted);
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
