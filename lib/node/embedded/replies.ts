import type { ServerError } from 'surrealdb';
import { authProblem } from './authorization.ts';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const EMPTY: Reply = { status: 200 };

export const json = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body,
});

export const text = (status: number, body: string, type = 'text/plain; charset=utf-8'): Reply => ({
  status,
  headers: { 'content-type': type },
  body,
});

/** The server's error document. */
const problem = (code: number, details: string, description: string, information?: string): Reply =>
  json(code, JSON.stringify({ code, details, description, information }));

export const badRequest = (information: string): Reply =>
  problem(
    400,
    'Request problems detected',
    'There is a problem with your request. Refer to the documentation for further information.',
    information,
  );

const forbidden = (information: string): Reply => problem(403, 'Forbidden', 'Not allowed to do this.', information);

export const ANONYMOUS = forbidden('Anonymous access not allowed: Not enough permissions to perform this action');

export const notFound = (path: string): Reply =>
  problem(
    404,
    'Not found',
    'The request was made to an endpoint which does not exist.',
    `The HTTP route '${path}' is not found`,
  );

export const methodNotAllowed = (allowed: readonly string[]): Reply => ({
  status: 405,
  headers: { allow: allowed.join(',') },
});

export const TOO_LARGE = text(413, 'length limit exceeded');

export const UNSUPPORTED_MEDIA_TYPE = problem(
  415,
  'Unsupported media type',
  'The request needs to adhere to certain constraints. Refer to the documentation for supported content types.',
);

export const internalError = (information: string): Reply =>
  problem(
    500,
    'Internal error',
    'The embedded engine failed; what was asked may or may not have happened.',
    information,
  );

export const UNHEALTHY = problem(
  500,
  'Health check failed',
  'The database health check for this instance failed. There was an issue with the underlying storage engine.',
  'There was a problem connecting with the storage engine',
);

const NOT_AUTHENTICATED = 'There was a problem with authentication';

/** The reply to a token or password that is not good: plain text, whatever the request asked for. */
export const unauthorized = (error: ServerError): Reply => ({
  status: 401,
  body: authProblem(error) === 'TokenExpired' ? error.message : NOT_AUTHENTICATED,
});

/** The reply to a request that the engine refused as a whole. */
export function refusal(error: ServerError): Reply {
  if (error.kind === 'NotFound')
    return problem(404, 'Not found', 'The requested resource was not found.', error.message);
  if (error.kind !== 'NotAllowed') return badRequest(error.message);
  if ([undefined, 'NotAllowed', 'InvalidRole'].includes(authProblem(error))) return forbidden(error.message);
  return problem(
    401,
    'Authentication failed',
    'Your authentication details are invalid. Reauthenticate using valid authentication parameters.',
    NOT_AUTHENTICATED,
  );
}
