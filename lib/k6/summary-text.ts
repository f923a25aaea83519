import type { RunSummary } from '../core/summary.ts';
import { limitsTable, loadTable } from '../core/tables.ts';
import { judgeRun } from '../core/verdict.ts';

/** What `k6 run` prints at the end when it runs alone. */
export function summaryText(summary: RunSummary): string {
  const { state, headline } = judgeRun({ summary });
  return `\n${loadTable(summary)}\n\n${limitsTable(summary.limits)}\n\n${state.toUpperCase()}: ${headline}\n`;
}
