import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { $, which } from 'zx';
import { temporaryFolder } from './commands.ts';

export const NO_OPENSSL =
  (await which('openssl', { nothrow: true })) === null && 'SKIPPED: openssl is not on PATH, so https was not tested';

export interface HttpsNode {
  readonly url: string;
  /** The authority that signed its certificate. */
  readonly ca: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An https server, with a certificate of an authority of its own, before a node. */
export async function startHttps(upstream: string): Promise<HttpsNode> {
  const folder = await temporaryFolder();
  const sh = $({ cwd: folder.path, quiet: true });
  await sh`openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-authority`;
  await sh`openssl req -newkey rsa:2048 -nodes -keyout node.key -out node.csr -subj /CN=127.0.0.1`;
  await sh`printf subjectAltName=IP:127.0.0.1 > ext`;
  await sh`openssl x509 -req -in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out node.pem -days 2 -extfile ext`;
  const [key, cert] = await Promise.all(['node.key', 'node.pem'].map((name) => readFile(`${folder.path}/${name}`)));
  const server = createServer({ key, cert }, (incoming, outgoing) => {
    const { method, url = '/', headers } = incoming;
    const passed = request(upstream + url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.once('error', () => outgoing.destroy());
    incoming.pipe(passed);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: `${folder.path}/ca.pem`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await folder[Symbol.asyncDispose]();
    },
  };
}
