import { classifySql } from './outcome.ts';
import type { Request } from './request.ts';

/** A user of the application: a record, not one of the database's own users. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly pass: string;
}

/** Signs a record user up or in, by the access that schemas/permissions.surql defines. The value is a token. */
export const entry = (
  action: 'signup' | 'signin',
  { namespace, database }: { readonly namespace: string; readonly database: string },
  account: Account,
): Request<string> => ({
  protocol: 'sql',
  method: 'POST',
  path: `/${action}`,
  body: JSON.stringify({ ns: namespace, db: database, ac: 'account', ...account }),
  read(http) {
    if (http.status !== 200) {
      const refused = classifySql(http);
      return refused.outcome === 'ok' ? NO_TOKEN : refused;
    }
    const token = tokenIn(http.body);
    return token === undefined ? NO_TOKEN : { outcome: 'ok', value: token };
  },
});

const NO_TOKEN = { outcome: 'unknown', kind: 'body', message: 'an answer without a token' } as const;

function tokenIn(body: string | null): string | undefined {
  try {
    const { token } = JSON.parse(body ?? '') as { token?: unknown };
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}
