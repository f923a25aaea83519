import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { UsageError } from '../cli/errors.ts';

/** The variable that names a file with the CA of https nodes; `--ca` sets it. */
const CA_VARIABLE = 'SURREAL_CA';

let agent: { readonly file: string; readonly agent: Agent } | undefined;

/**
 * `fetch` that follows no redirect, so that an answer is that of the node, and trusts the CA in SURREAL_CA beside the well-known ones. Node's own `fetch` takes a CA only from
 * NODE_EXTRA_CA_CERTS, and that only when the process starts.
 */
export const fetchNode: typeof fetch = (input, init) => {
  const file = trustedCa();
  const url = new URL(input instanceof Request ? input.url : input);
  if (!file || url.protocol !== 'https:') return fetch(input, { redirect: 'manual', ...init });
  return fetchTrusting(agentFor(file), new Request(input, init));
};

/**
 * Has https nodes trusted that the authority in a file vouches for, or the one in the file that SURREAL_CA names.
 * @throws UsageError where the file is not there or holds no certificate
 */
export function trustCa(file = process.env[CA_VARIABLE]): void {
  if (!file) return;
  readCa(file);
  process.env[CA_VARIABLE] = resolve(file);
}

/** The file that the user named, by its absolute path. */
export const trustedCa = (): string | undefined => process.env[CA_VARIABLE] || undefined;

function readCa(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The CA file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new UsageError(`The CA file ${file} contains no certificate. Use a PEM file.`);
}

function agentFor(file: string): Agent {
  if (agent?.file !== file) {
    agent = { file, agent: new Agent({ ca: [...rootCertificates, readCa(file)], keepAlive: true }) };
  }
  return agent.agent;
}

async function fetchTrusting(trusting: Agent, request: Request): Promise<Response> {
  const body = Buffer.from(await request.arrayBuffer());
  const options: RequestOptions = {
    agent: trusting,
    method: request.method,
    headers: { ...Object.fromEntries(request.headers), 'content-length': body.length },
    signal: request.signal,
  };
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(request.url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        const status = answer.statusCode ?? 0;
        const headers = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
          value === undefined ? [] : [[name, String(value)]],
        );
        const empty = status === 204 || status === 304;
        resolve(new Response(empty ? null : Buffer.concat(chunks), { status, headers }));
      });
    });
    // As `fetch` does it, so that callers find the cause in one place.
    sent.once('error', (cause) =>
      reject(request.signal.aborted ? request.signal.reason : new TypeError('fetch failed', { cause })),
    );
    sent.end(body);
  });
}
