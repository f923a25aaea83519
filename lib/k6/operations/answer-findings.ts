import { Counter } from 'k6/metrics';
import { FINDINGS, type FindingKind } from '../../core/checkers/answers.ts';
import type { Protocol } from '../../core/protocols/protocols.ts';
import type { Node } from '../session/nodes.ts';
import { now } from '../test/execution.ts';
import { lineStart, record } from './recorder.ts';

/** Where something wrong was seen. */
export interface Sighting {
  readonly node: Node;
  readonly protocol: Protocol;
  /** The record: `table:id`. */
  readonly key: string;
  /** What was asked and what came, in words: it is all that a reader of the verdict sees. */
  readonly says: string;
}

/** Makes a counter of one kind of wrong answers; each is counted, printed, and kept in the history. Call it in init. */
export function findings(kind: FindingKind): (sighting: Sighting) => void {
  const counter = new Counter(FINDINGS[kind].metric);
  return ({ node, protocol, key, says }) => {
    counter.add(1, { node: node.name, protocol });
    console.error(`${kind} on ${node.name}: ${key}: ${says}`);
    const at = now();
    const seen = { outcome: 'ok', value: undefined } as const;
    record(lineStart(FINDINGS[kind].f, node, protocol), key, says, seen, at, at);
  };
}
