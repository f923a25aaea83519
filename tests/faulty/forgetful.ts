import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isCreate } from './faults.ts';
import { DROP, type Exchange, type Fault, type FaultyServer, type Reply, startFaultyServer } from './proxy.ts';

export interface ForgetfulServer extends FaultyServer {
  /** POST `/down` to it, and the server drops every connection; POST `/up`, and it serves again. */
  readonly control: string;
  /** Records that it forgot, as `table:id`. */
  readonly forgotten: readonly string[];
}

const isAcknowledged = ({ status, body }: Reply): boolean => status === 200 && !body.includes('"ERR"');

/**
 * A server that forgets the newest writes that it has acknowledged when it restarts, as one does that acknowledges before
 * its log is on disk.
 * @param count how many it forgets
 */
export async function startForgetfulServer(upstream: string, count: number): Promise<ForgetfulServer> {
  const forgotten: string[] = [];
  const newest: { record: string; forget: () => Promise<Reply> }[] = [];
  let isDown = false;

  const fault: Fault = async (exchange, forward) => {
    if (isDown) return DROP;
    const reply = await forward();
    const record = isCreate(exchange) && isAcknowledged(reply) ? recordOf(exchange) : undefined;
    if (record !== undefined) {
      newest.push({ record, forget: () => forward({ body: `DELETE ${record}` }) });
      if (newest.length > count) newest.shift();
    }
    return reply;
  };

  const server = await startFaultyServer(upstream, fault);
  const control = createServer(async ({ url }, response) => {
    isDown = url === '/down';
    if (url === '/up')
      for (const { record, forget } of newest.splice(0)) if (isAcknowledged(await forget())) forgotten.push(record);
    response.end();
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  return {
    url: server.url,
    control: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
    forgotten,
    async close() {
      control.close();
      control.closeAllConnections();
      await server.close();
    },
  };
}

/** The record of a create by SurrealQL. */
const recordOf = ({ body }: Exchange): string | undefined => /^CREATE (\w+:\w+) /.exec(body)?.[1];
