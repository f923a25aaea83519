import type { CheckVerdict } from '../../core/checkers/shared/check-verdict.ts';
import { hasPairs, type PairSummary } from '../../core/checkers/shared/node-pairs.ts';
import { quantity } from '../../core/verdict/tables.ts';
import { Section, Table } from './elements.tsx';

/** Delay until a write on one node is visible on another, as a heat map of node pairs. */
export function Visibility({ checks }: { checks: readonly CheckVerdict[] }) {
  const pairs = checks.flatMap((check) => (hasPairs(check) ? check.pairs : []));
  if (pairs.length === 0) return null;
  const names = (pick: (pair: PairSummary) => string) => [...new Set(pairs.map(pick))].sort();
  const writers = names(({ writer }) => writer);
  const readers = names(({ reader }) => reader);
  const hottest = Math.max(...pairs.map(p99));
  const cell = (writer: string, reader: string) => {
    const pair = pairs.find((it) => it.writer === writer && it.reader === reader);
    return pair === undefined ? '–' : <Cell pair={pair} heat={hottest === 0 ? 0 : p99(pair) / hottest} />;
  };
  return (
    <Section
      title="Stable read latency"
      note="Time from the acknowledgement of a write to the start of the last read that missed it; 0 if the first read saw it. Rows: writing node; columns: reading node. The darker, the higher the 99th percentile."
    >
      <Table
        caption="Stable read latency for each pair of nodes"
        head={['Written on', ...readers.map((name) => `read on ${name}`)]}
        rows={writers.map((writer) => [writer, ...readers.map((reader) => cell(writer, reader))])}
      />
    </Section>
  );
}

const p99 = ({ latency }: PairSummary): number => latency['ms p99'] ?? 0;

function Cell({ pair, heat }: { pair: PairSummary; heat: number }) {
  const { writes, seenAtOnce, neverSeen, latency } = pair;
  const late = writes - seenAtOnce - neverSeen;
  return (
    <span class="heat" style={`--heat: ${Math.round(heat * 100)}%`}>
      <b>p99 {quantity(p99(pair), 'ms')}</b>
      <small>
        p50 {quantity(latency['ms p50'] ?? 0, 'ms')}, max {quantity(latency['ms max'] ?? 0, 'ms')}
      </small>
      <small>
        {writes} writes: {seenAtOnce} seen at once, {late} later{neverSeen > 0 ? `, ${neverSeen} never` : ''}
      </small>
    </span>
  );
}
