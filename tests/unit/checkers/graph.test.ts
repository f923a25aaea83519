import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACYCLIC, buildGraph, ComponentSearch, EdgeList } from '../../../lib/core/checkers/transactions/graph.ts';
import { PathSearch } from '../../../lib/core/checkers/transactions/path-search.ts';
import { RUNS } from '../../support/simulations.ts';

const NODES = 8;
const node = fc.integer({ min: 0, max: NODES - 1 });
const edges = fc.array(fc.tuple(node, node, fc.constantFrom(1, 2, 4)), { maxLength: 20 });

type Edges = readonly (readonly [from: number, to: number, type: number])[];

/** Which node leads to which, over at least one edge (Warshall 1962). */
function reachable(all: Edges, mask: number): boolean[][] {
  const reaches = Array.from({ length: NODES }, () => Array.from({ length: NODES }, () => false));
  const row = (from: number): boolean[] => reaches[from] as boolean[];
  for (const [from, to, type] of all) if ((type & mask) !== 0) row(from)[to] = true;
  for (let via = 0; via < NODES; via++)
    for (let from = 0; from < NODES; from++)
      for (let to = 0; to < NODES; to++) if (row(from)[via] && row(via)[to]) row(from)[to] = true;
  return reaches;
}

function graphOf(all: Edges) {
  const list = new EdgeList();
  for (const [from, to, type] of all) list.add(from, to, type);
  return buildGraph(NODES, list);
}

test('components are the nodes that reach each other', () => {
  fc.assert(
    fc.property(edges, fc.constantFrom(1, 3, 7), (all, mask) => {
      const { of } = new ComponentSearch(graphOf(all)).find(mask);
      const reaches = reachable(all, mask);
      for (let one = 0; one < NODES; one++)
        for (let other = 0; other < NODES; other++) {
          if (one === other) continue;
          const together = of[one] !== ACYCLIC && of[one] === of[other];
          assert.equal(together, Boolean(reaches[one]?.[other] && reaches[other]?.[one]));
        }
    }),
    RUNS,
  );
});

test('a path found is one, leads back to its beginning, and is no longer than any other', () => {
  fc.assert(
    fc.property(edges, (all) => {
      const graph = graphOf(all);
      const components = new ComponentSearch(graph).find(7);
      const search = new PathSearch(graph, () => false);
      for (let start = 0; start < NODES; start++) {
        if (components.of[start] === ACYCLIC) continue;
        const path = search.find(start, start, 7, components);
        assert.ok(path !== undefined);
        assert.equal(path[0]?.from, start);
        assert.equal(path.at(-1)?.to, start);
        for (const [index, step] of path.entries()) {
          assert.ok(all.some(([from, to, type]) => from === step.from && to === step.to && type === step.type));
          if (index > 0) assert.equal(step.from, path[index - 1]?.to);
        }
        assert.equal(path.length, shortestWayBack(all, start));
      }
    }),
    RUNS,
  );
});

function shortestWayBack(all: Edges, start: number): number {
  let front = new Set([start]);
  for (let length = 1; ; length++) {
    front = new Set(all.filter(([from]) => front.has(from)).map(([, to]) => to));
    if (front.has(start)) return length;
  }
}

test('a search ends where its budget does', () => {
  const ring: Edges = Array.from({ length: NODES }, (_, from) => [from, (from + 1) % NODES, 1]);
  const graph = graphOf(ring);
  const search = new PathSearch(graph, () => false);
  const components = new ComponentSearch(graph).find(1);
  assert.equal(search.find(0, 0, 1, components, NODES)?.length, NODES);
  assert.equal(search.find(0, 0, 1, components, NODES - 1), undefined);
});
