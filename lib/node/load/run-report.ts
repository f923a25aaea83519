import { join, relative } from 'node:path';
import { coverageText } from '../../core/coverage/coverage.ts';
import { effectsTable } from '../../core/faults/effects-table.ts';
import { regionsText } from '../../core/faults/region-keys.ts';
import { clockCostText } from '../../core/history/clock-cost.ts';
import {
  comparisonTable,
  generatorsTable,
  limitsTable,
  loadTable,
  operationsTable,
} from '../../core/verdict/tables.ts';
import { usageTable } from '../../core/verdict/usage.ts';
import { checkReport } from './check-report.ts';
import type { LoadResult } from './conclude.ts';

/** What a finished run came to, for a terminal. */
export function reportOf({
  folder,
  summary,
  usage,
  generators,
  clocks,
  faults,
  regions,
  checks,
  coverage,
  verdict,
  bottleneck,
}: LoadResult): string {
  const blocks: string[] = [];
  if (summary !== undefined)
    blocks.push(
      loadTable(summary),
      operationsTable(summary),
      comparisonTable(summary),
      effectsTable(faults),
      regions === undefined ? '' : regionsText([regions]),
      usageTable(usage),
      generatorsTable(generators),
      limitsTable(summary.limits),
    );
  if (checks.length > 0) blocks.push(checkReport(checks));
  if (coverage !== undefined) blocks.push(coverageText(coverage));
  if (clocks !== undefined) blocks.push(clockCostText(clocks));
  const [first, ...others] = verdict.findings.map(({ message, detail }) => [
    message,
    ...(detail === undefined ? [] : [`  ${detail}`]),
  ]);
  blocks.push(bottleneck);
  blocks.push(
    [`${verdict.state.toUpperCase()}: ${verdict.headline}`, ...(first?.slice(1) ?? []), ...others.flat()].join('\n'),
  );
  const results = relative(process.cwd(), folder.path);
  blocks.push(`Report:  ${join(results, 'report.html')}\nResults: ${results}`);
  return `\n${blocks.filter((block) => block !== '').join('\n\n')}`;
}
