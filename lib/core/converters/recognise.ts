import { HISTORY_VERSION, type History, HistoryError } from '../history/history.ts';
import { readJepsenHistory } from './jepsen-edn.ts';
import { JEPSEN_LOG_LINE, readJepsenLog } from './jepsen-log.ts';

/** Formats of histories that other tools record. */
export const FOREIGN_FORMATS = ['jepsen-edn', 'jepsen-log'] as const;
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number];

/** A first line that is EDN: a comment, a vector of operations, or one operation. */
const EDN_START = /^(;|\[|\{\s*:|#jepsen\.history\.Op)/;

/**
 * Tells another tool's history by how it begins.
 * @param beginning some kilobytes
 * @returns undefined where it is none of them; this suite's own begin with a header in JSON
 */
export function recogniseFormat(beginning: string): ForeignFormat | undefined {
  if (EDN_START.test(beginning.trimStart())) return 'jepsen-edn';
  // Logs begin with whatever the test said first.
  if (beginning.split('\n').some((line) => JEPSEN_LOG_LINE.test(line))) return 'jepsen-log';
  return undefined;
}

/**
 * Reads another tool's history, for the scenario whose checker judges what it records.
 * @throws HistoryError where the text is not of this format, or records what no checker here knows
 */
export function readForeignHistory(text: string, format: ForeignFormat): History {
  const { scenario, operations } =
    format === 'jepsen-edn'
      ? readJepsenHistory(text)
      : ({ scenario: 'register', operations: readJepsenLog(text) } as const);
  if (operations.length === 0) throw new HistoryError(`It holds no operation in the format ${format}.`);
  return { header: { history: HISTORY_VERSION, scenario, seed: 0, nodes: [] }, operations, damaged: 0 };
}
