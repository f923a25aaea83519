import type { Protocol } from '../core/protocols.ts';
import { type Node, nodes } from './nodes.ts';

type Tags = Readonly<Record<string, string>>;

const [first] = nodes;
const onlyNode = nodes.length === 1 ? first : undefined;

/** Tags that every sample of this run has. k6 adds them for nothing; a tag that comes with a sample costs a microsecond. */
export const RUN_TAGS: Record<string, string> = onlyNode === undefined ? {} : { node: onlyNode.name };

/** Tags of an operation's samples: `node`, `protocol` and `operation`, without those that the whole run has. */
export const tagsOf: (node: Node, protocol: Protocol, operation: string) => Tags =
  onlyNode === undefined
    ? (node, protocol, operation) => ({ node: node.name, protocol, operation })
    : (_, protocol, operation) => ({ protocol, operation });
