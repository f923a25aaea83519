import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKERS } from '../../core/checkers/index.ts';
import { anomalyId } from '../../core/verdict/check-findings.ts';
import { PROJECT_ROOT } from '../system/paths.ts';
import { code, table } from './markdown.ts';

/** Where the pictures of anomalies are, in docs. */
const PICTURES = 'images/anomalies';

/** A kind with its picture; those of cycles that differ in an order of time alone have one in common. */
function pictured(checker: string, kind: string): string {
  const picture = `${PICTURES}/${anomalyId(checker, kind)}.png`;
  return existsSync(join(PROJECT_ROOT, 'docs', picture)) ? `[${code(kind)}](../${picture})` : code(kind);
}

/** A page with every anomaly of every checker, and the sentence that defines it. */
export function anomaliesPage(generated: string): string {
  return [
    '# Anomalies by checker',
    generated,
    'What each checker can find: its verdict, the report and this page use the same sentences. Examples of failing runs:',
    '[anomalies](../explanation/anomalies.md), [isolation](../explanation/isolation.md#anomalies-of-transactions). A name leads to its picture: what a',
    'report shows of a small run that has it (`npm run pictures -- --anomalies --width 900`).',
    '',
    ...[...CHECKERS.values()].flatMap(({ name, anomalies }) => [
      `## ${name}`,
      '',
      table(
        ['anomaly', 'meaning'],
        Object.entries(anomalies).map(([kind, meaning]) => [pictured(name, kind), meaning]),
      ),
    ]),
  ].join('\n');
}
