import { createServer } from 'node:net';
import { Failure } from '../errors.ts';

export const DEFAULT_PORT = 8000;

/** Whether something could listen on a loopback port now; with 0, which port that would be. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : undefined));
    });
  });
}

/**
 * Ports for nodes: consecutive ones from `first`, or any free ones where it is 0.
 * @throws Failure naming the port that is taken
 */
export async function portsFrom(first: number, count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let index = 0; index < count; index++) {
    const wanted = first === 0 ? 0 : first + index;
    const port = await tryPort(wanted);
    if (port === undefined)
      throw new Failure(
        `Port ${wanted} is taken by another program. Stop that program, or choose other ports: --port ${first + 100}, or --port 0 for any free ones.`,
      );
    ports.push(port);
  }
  return ports;
}

/** Whether the default ports are free for this many nodes. */
export async function defaultPortsFree(count: number): Promise<boolean> {
  for (let index = 0; index < count; index++) if ((await tryPort(DEFAULT_PORT + index)) === undefined) return false;
  return true;
}
