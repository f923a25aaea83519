/** Something that the user can fix. The message names the thing, the cause and the next step; no stack trace is shown. */
export class Failure extends Error {
  /** Exit code: 2 wrong usage, 1 anything else. */
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A command that was given wrong: exit code 2. */
export class UsageError extends Failure {
  constructor(message: string) {
    super(message, 2);
  }
}

/** Why a request failed, for the end of a sentence. @param limit milliseconds that it had */
export function causeOf(error: unknown, limit: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${limit / 1000} s`;
  return error.cause instanceof Error
    ? error.cause.message || String((error.cause as NodeJS.ErrnoException).code)
    : error.message;
}
