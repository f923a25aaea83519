import { classifySql, parse } from '../protocols/outcome.ts';
import { type Endpoint, httpPost, type Request } from '../protocols/request.ts';

/** A user of the application: a record, not one of the database's own users. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly pass: string;
}

const ENDPOINTS: Readonly<Record<'signup' | 'signin', Endpoint>> = {
  signup: httpPost('sql', '/signup'),
  signin: httpPost('sql', '/signin'),
};

/** Signs a record user up or in, by the access that schemas/permissions.surql defines. The value is a token. */
export const entry = (
  action: 'signup' | 'signin',
  { namespace, database }: { readonly namespace: string; readonly database: string },
  account: Account,
): Request<string> => ({
  endpoint: ENDPOINTS[action],
  tail: '',
  body: JSON.stringify({ ns: namespace, db: database, ac: 'account', ...account }),
  read(raw) {
    if (raw.status !== 200) {
      const refused = classifySql(raw);
      return refused.outcome === 'ok' ? NO_TOKEN : refused;
    }
    const token = parse<{ token?: unknown }>(raw.body)?.token;
    return typeof token === 'string' ? { outcome: 'ok', value: token } : NO_TOKEN;
  },
});

const NO_TOKEN = { outcome: 'unknown', kind: 'body', message: 'an answer without a token' } as const;
