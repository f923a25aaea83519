import { CHECKERS } from '../../core/checkers/index.ts';
import { code, table } from './markdown.ts';

/** A page with every anomaly of every checker, and the sentence that defines it. */
export function anomaliesPage(generated: string): string {
  return [
    '# Anomalies by checker',
    generated,
    'What each checker can find: its verdict, the report and this page use the same sentences. Examples of failing runs:',
    '[anomalies](../explanation/anomalies.md), [isolation](../explanation/isolation.md#anomalies-of-transactions).',
    '',
    ...[...CHECKERS.values()].flatMap(({ name, anomalies }) => [
      `## ${name}`,
      '',
      table(
        ['anomaly', 'meaning'],
        Object.entries(anomalies).map(([kind, meaning]) => [code(kind), meaning]),
      ),
    ]),
  ].join('\n');
}
