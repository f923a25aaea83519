import exec from 'k6/execution';

/** Ends the whole test with a message for its user. */
export function stop(message: string): never {
  exec.test.abort(message);
  throw new Error(message);
}
