import type { RawAnswer } from '../../core/protocols/outcome.ts';

/** Sends one request: what follows the endpoint's address, and the body. @returns status 0 if no answer came */
export type Send = (tail: string, body: string | null) => RawAnswer | Promise<RawAnswer>;

/** A sender whose answers are there when it returns. */
export type SendNow = (...request: Parameters<Send>) => RawAnswer;
