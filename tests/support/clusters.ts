import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { type Result, startScript } from './commands.ts';

const k6 = await findK6({ say: () => {} });

/** A cache of its own, so that no cluster of somebody else is seen or touched, and `auto` sees this one. */
export const ownCache = (path: string): Record<string, string> => ({
  SURREALDB_LOAD_CACHE: path,
  SURREAL_USER: 'root',
  SURREAL_PASS: randomBytes(12).toString('hex'),
  COMPOSE_PROJECT_NAME: `surrealdb-load-none-${process.pid}`,
  ...(k6.source === 'image' ? {} : { K6_BIN: k6.location }),
});

export const cluster = (env: Record<string, string>, ...args: string[]): Promise<Result> =>
  startScript('cluster', args, env).result;

export function assertCode(result: Result, code: number): void {
  assert.equal(result.code, code, result.stdout + result.stderr);
}
