import { judgeRun } from '../../core/verdict/run-verdict.ts';
import type { RunSummary } from '../../core/verdict/summary.ts';
import { comparisonTable, limitsTable, loadTable, operationsTable } from '../../core/verdict/tables.ts';

/** What `k6 run` prints at the end when it runs alone. */
export function summaryText(summary: RunSummary): string {
  const { state, headline } = judgeRun({ summary });
  const tables = [
    loadTable(summary),
    operationsTable(summary),
    comparisonTable(summary),
    limitsTable(summary.limits),
  ].filter((text) => text !== '');
  return `\n${tables.join('\n\n')}\n\n${state.toUpperCase()}: ${headline}\n`;
}
