import { given } from '../../given.ts';
import type { Operation } from '../../history/history.ts';
import { isScalar, type ValueShape } from '../../history/history-shape.ts';
import type { Checker } from '../checker.ts';
import { describe, show } from '../shared/describe.ts';
import type { Findings } from '../shared/findings.ts';
import { checkLevels, type TransactionMethod } from '../transactions/check-levels.ts';
import { findCycles } from '../transactions/cycles.ts';
import { ABORTED, COMMITTED, MAYBE, outcomesOf, RW, WR, WW } from '../transactions/dependencies.ts';
import { type Dependency, explainCycle } from '../transactions/explain-cycle.ts';
import { addAllToAll, buildGraph, EdgeList } from '../transactions/graph.ts';
import { ISOLATION_LEVELS, levelNamed } from '../transactions/isolation-levels.ts';
import type { LevelOptions, LevelVerdict } from '../transactions/level-verdict.ts';
import type { Step } from '../transactions/path-search.ts';
import { TRANSACTION_ANOMALIES, type TransactionAnomaly } from '../transactions/transaction-anomalies.ts';

/** One step of a transaction: a write, or a read with the value that it saw (null before the first write). */
export type RegisterStep = readonly ['w', Name, Value] | readonly ['r', Name, Value | null];
type Name = string | number;
type Value = string | number;

interface Write {
  readonly writer: number;
  /** Whether it is the transaction's last to this register. */
  isFinal: boolean;
}

/** What is known of one register. */
interface Register {
  readonly writes: Map<Value, Write>;
  /** Transactions that read each value before they wrote; null is the value before the first write. */
  readonly readers: Map<Value | null, number[]>;
  /** Per value, those that some transaction wrote after it had read this one. */
  readonly next: Map<Value | null, Map<Value, number>>;
}

/**
 * The strongest isolation level that transactions over registers are consistent with.
 *
 * Kingsbury and Alvaro, *Elle* (VLDB 2020), section 4.3, and `elle.rw-register`: written values are unique, so a read tells
 * who wrote what it saw (`wr`). The order of versions is known in part: nothing comes before the first write, and what a
 * transaction writes comes after what it had read of the same register (Elle's `:wfr-keys?`). `ww` and `rw` follow from
 * that, so every anomaly found is one, but fewer are found than with lists.
 *
 * Operations: `txn` and `final-read` (value: [['w', register, value], ['r', register, value or null], …]).
 */
export const checkRwRegister = (operations: Iterable<Operation>, options: LevelOptions = {}): LevelVerdict =>
  checkLevels(operations, options, REGISTERS);

const TERMS = { object: 'register', wrote: 'wrote', written: 'written' } as const;

const REGISTERS: TransactionMethod<RegisterHistory> = {
  checker: 'rw-register',
  history: (transactions) => new RegisterHistory(transactions),
  objects: ({ registers }) => ({ registers: registers.size }),
  ambiguity: ({ ambiguous }) => ambiguous,
  infer(history, edges, findings) {
    for (const transaction of history.transactions.keys()) history.read(transaction, findings);
    return history.addDependencies(edges, findings);
  },
  explain: (history, cycle) => explainCycle(history.transactions, cycle, (step) => history.dependencyOf(step), TERMS),
};

const stepsOf = ({ value }: Operation): readonly RegisterStep[] => (Array.isArray(value) ? value : []);

class RegisterHistory {
  readonly transactions: readonly Operation[];
  readonly outcomes: Uint8Array;
  readonly registers = new Map<Name, Register>();
  /** Why nothing is known: a value that two transactions wrote. */
  ambiguous: string | undefined;

  constructor(transactions: readonly Operation[]) {
    this.transactions = transactions;
    this.outcomes = outcomesOf(transactions);
    for (const [transaction, operation] of transactions.entries())
      for (const step of stepsOf(operation)) if (step[0] === 'w') this.#addWrite(transaction, step[1], step[2]);
    for (const operation of transactions)
      for (const [f, name, value] of stepsOf(operation)) {
        const write =
          f === 'r' && operation.outcome === 'ok' && value !== null
            ? this.#register(name).writes.get(value)
            : undefined;
        if (write !== undefined && this.outcomes[write.writer] === MAYBE) this.outcomes[write.writer] = COMMITTED;
      }
  }

  #register(name: Name): Register {
    let register = this.registers.get(name);
    if (register === undefined) {
      register = { writes: new Map(), readers: new Map(), next: new Map() };
      this.registers.set(name, register);
    }
    return register;
  }

  /** A retry repeats the value of an aborted transaction: what is seen is then the retry's. */
  #addWrite(writer: number, name: Name, value: Value): void {
    const { writes } = this.#register(name);
    const other = writes.get(value);
    if (other !== undefined && this.outcomes[other.writer] !== ABORTED) {
      if (this.outcomes[writer] !== ABORTED)
        this.ambiguous ??= `Value ${show(value)} was written to register ${name} twice: values must be unique for dependencies to be known.`;
      return;
    }
    for (const write of this.#ownWrites(writer, name)) write.isFinal = false;
    writes.set(value, { writer, isFinal: true });
  }

  *#ownWrites(writer: number, name: Name): Iterable<Write> {
    const { writes } = this.#register(name);
    for (const [f, other, value] of stepsOf(this.transactions[writer] as Operation)) {
      const write = f === 'w' && other === name ? writes.get(value) : undefined;
      if (write?.writer === writer) yield write;
    }
  }

  /** Checks what a transaction read, and notes what follows for the order of versions. */
  read(transaction: number, findings: Findings<TransactionAnomaly>): void {
    const operation = this.transactions[transaction] as Operation;
    if (operation.outcome !== 'ok') return;
    const current = new Map<Name, Value | null>();
    const before = new Map<Name, Value | null>();
    const written = new Set<Name>();
    for (const [f, name, value] of stepsOf(operation)) {
      const register = this.#register(name);
      if (f === 'w') {
        const seen = before.get(name);
        if (seen !== undefined && !written.has(name)) this.#follow(register, name, seen, transaction, findings);
        written.add(name);
      } else {
        if (current.has(name) && current.get(name) !== value)
          report(
            findings,
            'internal',
            `A transaction read ${show(value)} from register ${name} after it had seen or written ${show(current.get(name))}`,
            [operation],
          );
        if (!written.has(name)) {
          before.set(name, value);
          push(register.readers, value, transaction);
        }
        if (value !== null) this.#checkSource(register, name, value, transaction, findings);
      }
      current.set(name, value);
    }
  }

  #follow(
    register: Register,
    name: Name,
    seen: Value | null,
    transaction: number,
    findings: Findings<TransactionAnomaly>,
  ): void {
    let next = register.next.get(seen);
    if (next === undefined) {
      next = new Map();
      register.next.set(seen, next);
    }
    const [other] = next.values();
    const final = [...this.#valuesOf(transaction, name)].at(-1);
    if (final === undefined) return;
    next.set(final, transaction);
    if (other === undefined || other === transaction) return;
    const operations = [other, transaction].map((each) => this.transactions[each] as Operation);
    findings.add('lost update', operations[1]?.start ?? 0, () => ({
      message: `Two transactions read register ${name} as ${show(seen)}, and both wrote to it: ${operations.map(describe).join('; ')}.`,
      operations,
      contradiction: { earlier: 0, later: 1, reason: 'both read the same version and wrote the next one' },
    }));
  }

  *#valuesOf(transaction: number, name: Name): Iterable<Value> {
    for (const [f, other, value] of stepsOf(this.transactions[transaction] as Operation))
      if (f === 'w' && other === name) yield value;
  }

  #checkSource(
    { writes }: Register,
    name: Name,
    value: Value,
    transaction: number,
    findings: Findings<TransactionAnomaly>,
  ): void {
    const operation = this.transactions[transaction] as Operation;
    const write = writes.get(value);
    const read = `register ${name} was read as ${show(value)}`;
    if (write === undefined) {
      report(findings, 'unexpected', `Nobody wrote it, yet ${read}`, [operation]);
      return;
    }
    const writer = this.transactions[write.writer] as Operation;
    if (this.outcomes[write.writer] === ABORTED)
      report(findings, 'G1a', `A transaction was aborted, yet ${read}`, [writer, operation]);
    else if (write.writer === transaction) {
      const own = stepsOf(operation);
      const first = own.findIndex(([f, other, what]) => other === name && what === value && f === 'r');
      if (own.slice(0, first).every(([f, other, what]) => f !== 'w' || other !== name || what !== value))
        report(findings, 'G1c', `A transaction read a value before it wrote it: ${read}`, [operation]);
    } else if (!write.isFinal)
      report(findings, 'G1b', `In the middle of another transaction ${read}`, [writer, operation]);
  }

  /** @returns how many nodes there are: the transactions, and after them nodes of our own that only hand edges on */
  addDependencies(edges: EdgeList, findings: Findings<TransactionAnomaly>): number {
    let nodes = this.transactions.length;
    for (const [name, register] of this.registers) {
      for (const [value, readers] of register.readers) {
        const writer = this.#liveWriter(register, value);
        if (writer !== undefined) for (const reader of readers) if (reader !== writer) edges.add(writer, reader, WR);
        for (const writerOfNext of register.next.get(value)?.values() ?? []) {
          if (writer !== undefined && writer !== writerOfNext) edges.add(writer, writerOfNext, WW);
          if (value !== null)
            for (const reader of readers) if (reader !== writerOfNext) edges.add(reader, writerOfNext, RW);
        }
      }
      this.#checkVersions(name, register, findings);
      const first = register.readers.get(null);
      if (first !== undefined) {
        const writers = new Set([...register.writes.values()].map(({ writer }) => writer));
        const committed = [...writers].filter((writer) => this.outcomes[writer] === COMMITTED);
        nodes = addAllToAll(edges, nodes, first, committed, RW);
      }
    }
    return nodes;
  }

  #liveWriter({ writes }: Register, value: Value | null): number | undefined {
    const writer = value === null ? undefined : writes.get(value)?.writer;
    return writer === undefined || this.outcomes[writer] !== COMMITTED ? undefined : writer;
  }

  /** Versions that come after each other in a circle. */
  #checkVersions(name: Name, { next }: Register, findings: Findings<TransactionAnomaly>): void {
    const numbers = new Map<Value | null, number>();
    const numberOf = (value: Value | null): number => {
      const number = numbers.get(value) ?? numbers.size;
      numbers.set(value, number);
      return number;
    };
    const versions = new EdgeList(next.size + 1);
    const by: number[] = [];
    for (const [value, later] of next)
      for (const [other, transaction] of later) {
        versions.add(numberOf(value), numberOf(other), WW);
        by.push(transaction);
      }
    const [cycle] = findCycles(buildGraph(numbers.size, versions), numbers.size, [0]);
    if (cycle === undefined) return;
    const values = new Map([...numbers].map(([value, number]) => [number, value]));
    const order = cycle.steps.map(({ from }) => show(values.get(from))).join(', ');
    const operations = [...new Set(by)]
      .slice(0, cycle.steps.length)
      .map((each) => this.transactions[each] as Operation);
    report(
      findings,
      'incompatible order',
      `Values ${order} of register ${name} each come before the next, and the last before the first`,
      operations,
    );
  }

  /** The register and the values that prove a dependency. */
  dependencyOf({ from, to, type }: Step): Dependency | undefined {
    for (const [key, register] of this.registers)
      for (const [value, readers] of register.readers) {
        const isBy = (transaction: number): boolean => this.#liveWriter(register, value) === transaction;
        if (type === WR && isBy(from) && readers.includes(to)) return { key, versions: [value, value] };
        for (const [next, writer] of register.next.get(value) ?? [])
          if (writer === to && (type === WW ? isBy(from) : type === RW && readers.includes(from)))
            return { key, versions: [value, next] };
        if (type !== RW || value !== null || !readers.includes(from)) continue;
        for (const [written, write] of register.writes)
          if (write.writer === to) return { key, versions: [null, written] };
      }
    return undefined;
  }
}

function push<K>(lists: Map<K, number[]>, key: K, item: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function report(
  findings: Findings<TransactionAnomaly>,
  kind: TransactionAnomaly,
  what: string,
  operations: readonly Operation[],
): void {
  findings.add(kind, operations.at(-1)?.start ?? 0, () => ({
    message: `${what}: ${operations.map(describe).join('; ')}.`,
    operations,
  }));
}

const isRegisterTransaction: ValueShape = (value) =>
  Array.isArray(value) &&
  value.every(
    (step) =>
      Array.isArray(step) &&
      isScalar(step[1]) &&
      (isScalar(step[2]) ? step[0] === 'w' || step[0] === 'r' : step[0] === 'r' && step[2] === null),
  );

export const rwRegister = {
  name: 'rw-register',
  anomalies: TRANSACTION_ANOMALIES,
  among: {},
  shapes: { txn: isRegisterTransaction, 'final-read': isRegisterTransaction },
  expects: ISOLATION_LEVELS,
  check: ({ operations }, { expect }) =>
    checkRwRegister(operations, { ...given('expect', levelNamed(expect)), order: 'realtime' }),
} as const satisfies Checker<TransactionAnomaly>;
