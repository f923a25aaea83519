import table from 'text-table';
import type { CheckVerdict } from '../../core/checkers/shared/check-verdict.ts';
import { hasPairs, type PairSummary } from '../../core/checkers/shared/node-pairs.ts';

/** What checkers found, as lines of text: a sentence each, and where nodes were compared a table of their pairs. */
export function checkReport(verdicts: readonly CheckVerdict[]): string {
  return verdicts
    .map((verdict) => {
      const sentence = `checker ${verdict.checker}: ${verdict.valid}. ${verdict.explanation}`;
      return hasPairs(verdict) && verdict.pairs.length > 0 ? `${pairTable(verdict.pairs)}\n\n${sentence}` : sentence;
    })
    .join('\n');
}

/** Times from the acknowledgement of a write to the start of the last read that missed it: 0 where the first one saw it. */
function pairTable(pairs: readonly PairSummary[]): string {
  const header = ['written on', 'read on', 'writes', 'seen at once', 'never seen', 'visible after p50', 'p99', 'max'];
  const rows = pairs.map(({ writer, reader, writes, seenAtOnce, neverSeen, latency }) => [
    writer,
    reader,
    writes,
    seenAtOnce,
    neverSeen,
    ...['ms p50', 'ms p99', 'ms max'].map((name) => `${(latency[name] ?? 0).toFixed(1)} ms`),
  ]);
  return table([header, ...rows], { align: header.map((_, column) => (column < 2 ? 'l' : 'r')) });
}
