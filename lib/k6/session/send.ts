import type { RawAnswer } from '../../core/protocols/outcome.ts';

/** Sends one request, and returns its answer: what follows the endpoint's address, and the body. Status 0 if no answer came. */
export type SendNow = (tail: string, body: string | null) => RawAnswer;

/** As SendNow, but hands over the answer once it is there. */
export type SendLater = (tail: string, body: string | null, receive: (answer: RawAnswer) => void) => void;

/** How requests to an endpoint are sent: one of the two. */
export type Sender =
  | { readonly now: SendNow; readonly later?: undefined }
  | { readonly now?: undefined; readonly later: SendLater };
