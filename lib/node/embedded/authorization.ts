import type { ServerError } from 'surrealdb';

/** Who asks: a token, or the name and password of a root user. */
export type Credentials = { readonly token: string } | { readonly user: string; readonly pass: string };

/** Reads an `Authorization` header; undefined where it names nobody, which the server treats as anonymous. */
export function credentialsOf(header: string | undefined): Credentials | undefined {
  const [, scheme, rest] = /^(bearer|basic) +(\S+)$/i.exec(header ?? '') ?? [];
  if (scheme === undefined || rest === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { token: rest };
  const [, user, pass] = /^([^:]*):(.*)$/s.exec(Buffer.from(rest, 'base64').toString()) ?? [];
  return user === undefined || pass === undefined ? undefined : { user, pass };
}

/** What a token says about itself. */
export interface Claims {
  /** End of the token, in seconds since 1970. */
  readonly exp?: number;
  readonly NS?: string;
  readonly DB?: string;
}

/** The claims of a token, not verified; none where it is not a JSON Web Token. */
export function claimsOf(token: string): Claims {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
  } catch {
    return {};
  }
}

/** What was wrong with the caller's standing, e.g. `InvalidAuth`, `TokenExpired`, `SessionExpired`. */
export function authProblem({ details }: ServerError): string | undefined {
  if (details?.kind !== 'Auth') return undefined;
  return (details.details as { readonly kind?: string } | undefined)?.kind;
}
