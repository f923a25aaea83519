import type { Operation } from '../../history/history.ts';
import { describe, milliseconds, show } from '../shared/describe.ts';
import type { Findings } from '../shared/findings.ts';
import { isRuns } from './runs-of-numbers.ts';
import type { Elements } from './set-elements.ts';

/** What is wrong with a read by itself. */
type ContentFindings = Pick<Findings<'corrupted' | 'duplicate' | 'unexpected'>, 'add'>;

/** The elements that a read saw, as ascending runs of indices: first, last, first, last, … */
export function contentOf(read: Operation, elements: Elements, findings: ContentFindings): Int32Array {
  if (isRuns(read.value)) return contentOfRuns(read, read.value.runs, read.value.duplicates ?? [], elements, findings);
  if (Array.isArray(read.value)) return contentOfList(read, read.value, elements, findings);
  findings.add('corrupted', read.start, () => ({ message: `${describe(read)} is not a set.`, operations: [read] }));
  return new Int32Array(0);
}

function contentOfRuns(
  read: Operation,
  runs: readonly number[],
  duplicates: readonly number[],
  elements: Elements,
  findings: ContentFindings,
): Int32Array {
  const content = new Int32Array(runs.length);
  let length = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const [first, last] = [runs[at] as number, runs[at + 1] as number];
    const from = elements.countBelow(first);
    const to = elements.countBelow(last + 1);
    if (to - from < last - first + 1) reportUnasked(read, missingIn(first, last, elements), findings);
    if (to === from) continue;
    content[length++] = from;
    content[length++] = to - 1;
  }
  for (const element of duplicates) reportDuplicate(read, element, findings);
  return content.subarray(0, length);
}

function missingIn(first: number, last: number, elements: Elements): number {
  for (let element = first; element <= last; element++) if (elements.indexOf(element) === undefined) return element;
  return first;
}

function contentOfList(
  read: Operation,
  list: readonly (number | string)[],
  elements: Elements,
  findings: ContentFindings,
): Int32Array {
  const indices = new Int32Array(list.length);
  let length = 0;
  let ascending = true;
  for (const element of list) {
    const index = elements.indexOf(element);
    if (index === undefined) reportUnasked(read, element, findings);
    else {
      if (length > 0 && index < (indices[length - 1] as number)) ascending = false;
      indices[length++] = index;
    }
  }
  const sorted = indices.subarray(0, length);
  if (!ascending) sorted.sort();
  const content: number[] = [];
  let previous: number | undefined;
  for (const index of sorted) {
    if (index === previous) reportDuplicate(read, elements.values[index] as number | string, findings);
    else if (previous !== undefined && index === previous + 1) content[content.length - 1] = index;
    else content.push(index, index);
    previous = index;
  }
  return Int32Array.from(content);
}

function reportUnasked(read: Operation, element: number | string, findings: ContentFindings): void {
  findings.add(
    'unexpected',
    read.start,
    () => ({
      message: `The ${where(read)} held element ${show(element)}, which nobody added.`,
      operations: [read],
    }),
    0,
    element,
  );
}

function reportDuplicate(read: Operation, element: number | string, findings: ContentFindings): void {
  findings.add(
    'duplicate',
    read.start,
    () => ({
      message: `The ${where(read)} held element ${show(element)} more than once.`,
      operations: [read],
    }),
    0,
    element,
  );
}

export const where = ({ f, process, node, start }: Operation): string =>
  `${f} of process ${process} at ${node} from ${milliseconds(start)}`;
