/** Something that the user can mend. The message names the thing, the cause and the next step; no stack trace is shown. */
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
