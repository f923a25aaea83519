import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../cli/errors.ts';
import { embeddedSettings } from './embedded-settings.ts';
import { Engine } from './engine.ts';
import { surrealServer } from './server.ts';

const HOST = '127.0.0.1';
/** When requests that are still running are given up. */
const PATIENCE_MS = 1500;

async function main(): Promise<void> {
  const { ports, store, user, pass } = embeddedSettings(process.env);
  const engine = await Engine.open(store, { user, pass }).catch((error: Error) => {
    throw new Failure(`The embedded engine could not open ${store}: ${error.message}`);
  });
  const servers: Server[] = [];
  for (const port of ports) servers.push(await listening(surrealServer(engine), port));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(servers, engine));
  const nodes = servers.map((server) => `http://${HOST}:${(server.address() as AddressInfo).port}`);
  console.log(JSON.stringify({ ready: true, nodes, version: engine.version }));
}

async function listening(server: Server, port: number): Promise<Server> {
  server.listen(port, HOST);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      error.code === 'EADDRINUSE'
        ? `Port ${port} of ${HOST} is taken. Stop the program that uses it, or name other ports in EMBEDDED_PORTS.`
        : `Port ${port} of ${HOST} cannot be used: ${error.message}.`,
    );
  });
  return server;
}

async function stop(servers: readonly Server[], engine: Engine): Promise<void> {
  setTimeout(() => process.exit(0), PATIENCE_MS).unref();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  await engine.close();
}

main().catch((error: unknown) => {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exit(error.exitCode);
});
