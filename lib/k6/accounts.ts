import http from 'k6/http';
import { type Answer, classifySql } from '../core/outcome.ts';
import { settings } from './environment.ts';
import type { Node } from './nodes.ts';
import { operationName } from './part.ts';
import { type Place, type Token, tokenOf } from './session.ts';

/** A user of the application: a record, not one of the database's own users. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly pass: string;
}

/** Signs a record user up or in, by the access that schemas/permissions.surql defines. */
export function enter(action: 'signup' | 'signin', node: Node, place: Place, account: Account): Answer<Token> {
  const body = JSON.stringify({ ns: place.namespace, db: place.database, ac: 'account', ...account });
  const operation = operationName(action === 'signup' ? 'sign-up' : 'sign-in');
  const response = http.post(`${node.url}/${action}`, body, {
    headers: { Accept: 'application/json' },
    timeout: settings.timeout,
    responseType: 'text',
    tags: { node: node.name, protocol: 'sql', operation, name: operation },
  });
  if (response.status !== 200) {
    const refused = classifySql(response);
    return refused.outcome === 'ok' ? { outcome: 'unknown', kind: 'body', message: 'no token' } : refused;
  }
  const token = response.json('token');
  if (typeof token !== 'string') return { outcome: 'unknown', kind: 'body', message: 'an answer without a token' };
  return { outcome: 'ok', value: tokenOf(token) };
}
