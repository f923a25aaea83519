import { Failure } from '../errors.ts';

/** A program that the suite drives cannot be had. Exit code 2 where a setting is wrong, 1 where something is missing. */
export class ProgramError extends Failure {
  override readonly name = 'ProgramError';
}
