import { isError, type Operation } from '../history/history.ts';

/** What clients meet while something is wrong with a cluster, as docs/how-to/faults.md counts it. */
export const ERROR_GROUPS = ['refused', 'reset', 'timeout', 'server error', 'conflict', 'cut off'] as const;
export type ErrorGroup = (typeof ERROR_GROUPS)[number];

const OF_KIND: Readonly<Record<string, ErrorGroup>> = {
  refused: 'refused',
  connection: 'refused',
  reset: 'reset',
  timeout: 'timeout',
  'cut off': 'cut off',
  // A node that cannot reach its store cannot look up the user of a valid token either.
  auth: 'server error',
};

/**
 * The group of an operation's error: undefined where it was acknowledged, or refused for what it asked (a record that
 * exists, insufficient funds). `conflict` is one that gave up retrying; `cut off` one that the end of the load did not wait for.
 */
export function errorGroup(operation: Operation): ErrorGroup | undefined {
  if (!isError(operation)) return undefined;
  const { outcome, error = '' } = operation;
  if (outcome === 'conflict') return 'conflict';
  const group = OF_KIND[error];
  if (group !== undefined) return group;
  return outcome === 'unknown' ? 'server error' : undefined;
}
