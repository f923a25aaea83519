import type { Protocol } from '../../core/protocols/protocols.ts';
import type { Node } from '../session/nodes.ts';
import { operationName } from '../test/part.ts';

export type Tags = Record<string, string>;

let node: string | undefined;
let protocol: string | undefined;
let operation: string | undefined;
/** Of requests. */
let name: string | undefined;

/** What the tags of a run's operations can be. */
interface Values {
  readonly nodes: readonly string[];
  readonly protocols: readonly string[];
  readonly operations: readonly string[];
}

/**
 * Tags that are the same for all operations of the run. k6 adds them to every sample for nothing, where a tag that comes
 * with a sample costs a microsecond. Called once, while the test loads.
 */
export function runTags({ nodes, protocols, operations }: Values): Tags {
  [node, protocol, operation] = [nodes, protocols, operations].map((values) =>
    values.length === 1 ? values[0] : undefined,
  );
  name = operation === undefined || protocol === undefined ? undefined : requestName(operation, protocol);
  return {
    ...(node === undefined ? {} : { node }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(operation === undefined ? {} : { operation }),
    ...(name === undefined ? {} : { name }),
  };
}

/**
 * Tags of an operation's samples: `node`, `protocol` and `operation`, but for those that the whole run has; undefined where
 * that leaves none, as k6 looks through an empty object as well.
 */
export function tagsOf(on: Node, by: Protocol, of: string): Tags | undefined {
  if (on.name === node && by === protocol && of === operation) return undefined;
  const tags: Tags = {};
  if (on.name !== node) tags.node = on.name;
  if (by !== protocol) tags.protocol = by;
  if (of !== operation) tags.operation = operationName(of);
  return tags;
}

/** Tags of a request: those of its operation, and `name`, which stands for its address. */
export function requestTags(on: Node, by: Protocol, of: string): Tags | undefined {
  const tags = tagsOf(on, by, of);
  const own = requestName(operationName(of), by);
  return own === name ? tags : { ...tags, name: own };
}

const requestName = (of: string, by: string): string => `${of} (${by})`;
