/**
 * A program that the suite drives cannot be had. The message names the thing, the cause and the next step, and is meant
 * to be shown without a stack trace. `exitCode` is 2 where a setting is wrong, 1 where something is missing or failed.
 */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
