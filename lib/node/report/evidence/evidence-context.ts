import type { CheckVerdict, Evidence } from '../../../core/checkers/shared/check-verdict.ts';
import type { Operation } from '../../../core/history/history.ts';
import { bareFunction, partOf } from '../../../core/history/history-parts.ts';
import { type ElementLife, LifeReader } from './element-life.ts';
import { totalOf } from './operation-label.ts';
import { type TotalPoint, TotalReader } from './total-over-time.ts';

/** What the history holds around one piece of evidence. */
export interface EvidenceContext {
  /** Those of the evidence with their whole values: a verdict cuts long ones. Empty if the history lacks them. */
  readonly operations: readonly Operation[];
  /** Operations on the same objects, or of the same clients, near the evidence; in order of start. */
  readonly around: readonly Operation[];
  /** Of a bank: the sum of all balances that reads showed. */
  readonly totals: readonly TotalPoint[];
  /** Of an element, a record or a transfer: what reads on each node showed of it. */
  readonly life: ElementLife | undefined;
}

/** Contexts by evidence. */
export type EvidenceContexts = ReadonlyMap<Evidence, EvidenceContext>;

export const NO_CONTEXT: EvidenceContext = { operations: [], around: [], totals: [], life: undefined };

/** Collects the context of all evidence while a history is read once, in memory that does not grow with the history. */
export class EvidenceReader {
  readonly #watches: Watch[];

  constructor(checks: readonly CheckVerdict[]) {
    this.#watches = checks.flatMap(({ checker, anomalies }) =>
      anomalies.flatMap(({ first, worst }) =>
        [first, worst].flatMap((evidence) => (evidence === undefined ? [] : [new Watch(checker, evidence)])),
      ),
    );
  }

  readonly add = (operation: Operation): void => {
    for (const watch of this.#watches) watch.add(operation);
  };

  contexts(): EvidenceContexts {
    return new Map(this.#watches.map((watch) => [watch.evidence, watch.context()]));
  }
}

/** Operations of a picture beside those of the evidence. */
const MOST_AROUND = 24;
/** Milliseconds before and after an operation of the evidence that belong to the picture, at least. */
const MARGIN = 20;

class Watch {
  readonly evidence: Evidence;
  readonly #part: string | undefined;
  readonly #spans: readonly (readonly [from: number, to: number])[];
  readonly #own: Map<string, Operation>;
  readonly #processes: ReadonlySet<number>;
  readonly #objects: ReadonlySet<string>;
  readonly #totals: TotalReader | undefined;
  readonly #life: LifeReader | undefined;
  #around: { readonly operation: Operation; readonly distance: number }[] = [];

  constructor(checker: string, evidence: Evidence) {
    const { operations } = evidence;
    const isPart = checker.includes('/');
    this.evidence = evidence;
    this.#part = isPart ? partOf(checker) : undefined;
    const checkerName = checker.slice(checker.lastIndexOf('/') + 1);
    const lengths = operations.map(({ start, end = start }) => end - start);
    const margin = Math.max(MARGIN, ...lengths);
    this.#spans = operations.map(({ start, end = start }) => [start - margin, end + margin]);
    this.#own = new Map(operations.map((operation) => [identity(operation), operation]));
    this.#processes = new Set(operations.map(({ process }) => process));
    this.#objects = new Set(operations.flatMap(objectsOf));
    this.#totals = checkerName === 'bank' ? new TotalReader() : undefined;
    this.#life = LifeReader.of(checkerName, evidence);
  }

  add(operation: Operation): void {
    if (this.#part !== undefined && partOf(operation.f) !== this.#part) return;
    this.#totals?.add(operation);
    this.#life?.add(operation);
    const { start, end = start } = operation;
    if (!this.#spans.some(([from, to]) => start <= to && end >= from)) return;
    const own = identity(operation);
    if (this.#own.has(own)) {
      this.#own.set(own, operation);
      return;
    }
    const isSameObject = objectsOf(operation).some((object) => this.#objects.has(object));
    if (!isSameObject && !this.#processes.has(operation.process)) return;
    const near = Math.min(...this.evidence.operations.map((own) => Math.abs(own.start - start)));
    // An operation on the same object explains more than another one of the same client.
    this.#around.push({ operation, distance: isSameObject ? near : 1e9 + near });
    if (this.#around.length > 20 * MOST_AROUND) this.#prune();
  }

  #prune(): void {
    this.#around = this.#around.sort((a, b) => a.distance - b.distance).slice(0, MOST_AROUND);
  }

  context(): EvidenceContext {
    this.#prune();
    return {
      operations: this.evidence.operations.map((operation) => this.#own.get(identity(operation)) ?? operation),
      around: this.#around.map(({ operation }) => operation).sort((a, b) => a.start - b.start),
      totals: this.#totals?.points() ?? [],
      life: this.#life?.life(),
    };
  }
}

/** Operations of one client never overlap, but pages of a final read may be recorded with one start. */
const identity = ({ process, start, f, key, node }: Operation): string =>
  `${process} ${start} ${bareFunction(f)} ${key} ${node}`;

/** Keys, accounts and lists that an operation touched. */
function objectsOf({ key, value }: Operation): string[] {
  if (key !== undefined && key !== '') return [key];
  if (Array.isArray(value)) return value.flatMap((step) => (Array.isArray(step) ? [`list ${step[1]}`] : []));
  if (totalOf(value) !== undefined) return Object.keys(value as object);
  const { from, to } = (value ?? {}) as { readonly from?: unknown; readonly to?: unknown };
  return typeof from === 'string' && typeof to === 'string' ? [from, to] : [];
}
