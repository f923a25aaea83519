import type { ForeignHistory } from '../../lib/core/converters/foreign-history.ts';
import type { Workload } from '../../lib/core/converters/jepsen-workloads.ts';
import { type ForeignFormat, foreignReader } from '../../lib/core/converters/recognise.ts';

/** Reads another tool's history. @param size bytes of each piece that the reader gets */
export function readForeignHistory(
  text: string,
  format: ForeignFormat,
  workload?: Workload,
  size = 1 << 16,
): ForeignHistory {
  const reader = foreignReader(format, workload);
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) reader.write(bytes.subarray(at, at + size));
  return reader.end();
}
