import type { Operation } from '../history/history.ts';
import type { Checker } from './checker.ts';
import type { CheckVerdict } from './shared/check-verdict.ts';
import { describe } from './shared/describe.ts';
import { conclude, Findings, Tally } from './shared/findings.ts';
import { endOf, inOrderOfEnd, inOrderOfStart } from './shared/operation-times.ts';

const ANOMALIES = {
  'read your writes': 'A client read a state from before its own acknowledged write.',
  'non-monotonic read': 'A client read an older version after it had read a newer one.',
  'non-monotonic write': 'A later write of a client got an earlier version than its write before.',
  'writes follow reads': 'A write of a client got a version that is not after what the client had read.',
  'commit order': 'A write that began after another one had ended got an earlier version.',
  'stale read': 'A read missed a version that another client had read or written before the read began.',
  'lost update': 'Two writes made the same version, so one overwrote the other.',
  'dirty read': 'A read showed a version that no write made.',
  unexpected: 'A read showed a version before the write that made it began.',
  corrupted: 'An answer holds no version.',
} as const;

type SessionAnomaly = keyof typeof ANOMALIES;

export interface SessionOptions {
  /** The version that a key has before its first write. Default 0; a read of null counts as that. */
  readonly initial?: number;
  /** Whether the order of versions must also follow real time between processes. Default true. */
  readonly realtime?: boolean;
}

/**
 * Session guarantees of clients that hop between nodes: each process reads its own writes, never reads backwards, and its
 * writes come after its earlier writes and reads. With `realtime`, what began after an operation had ended never sees, nor
 * gets, an earlier version, whoever did it.
 *
 * Terry and others, *Session Guarantees for Weakly Consistent Replicated Data* (PDIS 1994), section 3; real time after
 * Herlihy and Wing 1990.
 *
 * Operations: `write` (key, value: the version that this write made) · `read` (key, value: the version seen). Versions are
 * whole numbers that the database itself increments in the write's transaction, so that their order is the order of
 * commits; a write of unknown outcome has none.
 */
export function checkSession(
  operations: Iterable<Operation>,
  options: SessionOptions = {},
): CheckVerdict<SessionAnomaly> {
  const { initial = 0, realtime = true } = options;
  const findings = new Findings<SessionAnomaly>();
  const tally = new Tally();
  const registers = new Map<string, VersionedRegister>();
  const versioned: Operation[] = [];
  let reads = 0;
  for (const operation of operations) {
    tally.add(operation);
    const { f, outcome, key = '', value } = operation;
    if (f !== 'read' && f !== 'write') continue;
    let register = registers.get(key);
    if (register === undefined) {
      register = new VersionedRegister(key, initial);
      registers.set(key, register);
    }
    if (f === 'write' && outcome === 'unknown') register.mayHoldUnknown = true;
    if (outcome !== 'ok') continue;
    if (typeof value !== 'number' && !(f === 'read' && (value === null || value === undefined))) {
      findings.add('corrupted', operation.start, () => ({
        message: `${describe(operation)} has no version.`,
        operations: [operation],
      }));
      continue;
    }
    if (f === 'read') reads++;
    else register.addWrite(operation, findings);
    versioned.push(operation);
  }
  checkOrder(versioned, registers, realtime, findings);
  return conclude('session', { ...tally.counts, keys: registers.size, reads }, findings, {
    valid: reads > 0 ? 'valid' : 'unknown',
    explanation:
      reads > 0
        ? `All ${versioned.length} versions read or made follow the order of their session${realtime ? ' and of real time' : ''}.`
        : 'No read succeeded, so nothing is known about sessions.',
  });
}

/** The newest version that somebody saw or made, and the operation that did. */
interface Newest {
  version: number;
  by: Operation | undefined;
}

/** What one process knows of one key. */
interface Knowledge {
  readonly read: Newest;
  readonly written: Newest;
}

class VersionedRegister {
  readonly key: string;
  readonly initial: number;
  /** Whether a write of unknown outcome may have made versions that nobody read. */
  mayHoldUnknown = false;
  readonly writes = new Map<number, Operation>();
  /** Seen or made by operations that have ended. */
  readonly settled: Newest;
  readonly #sessions = new Map<number, Knowledge>();

  constructor(key: string, initial: number) {
    this.key = key;
    this.initial = initial;
    this.settled = this.#nothing();
  }

  versionOf({ value }: Operation): number {
    return typeof value === 'number' ? value : this.initial;
  }

  session(process: number): Knowledge {
    let knowledge = this.#sessions.get(process);
    if (knowledge === undefined) {
      knowledge = { read: this.#nothing(), written: this.#nothing() };
      this.#sessions.set(process, knowledge);
    }
    return knowledge;
  }

  addWrite(write: Operation, findings: Findings<SessionAnomaly>): void {
    const version = this.versionOf(write);
    const other = this.writes.get(version);
    if (other === undefined) this.writes.set(version, write);
    else
      findings.add('lost update', write.start, () => ({
        message: `Two writes made version ${version} of ${this.key}, so one overwrote the other: ${describe(other)}; ${describe(write)}.`,
        operations: [other, write],
      }));
  }

  #nothing(): Newest {
    return { version: this.initial, by: undefined };
  }
}

/** Walks through the operations as they began; those that ended before are settled on the way. */
function checkOrder(
  operations: readonly Operation[],
  registers: ReadonlyMap<string, VersionedRegister>,
  realtime: boolean,
  findings: Findings<SessionAnomaly>,
): void {
  const registerOf = ({ key = '' }: Operation): VersionedRegister => registers.get(key) as VersionedRegister;
  const ended = inOrderOfEnd(operations);
  let next = 0;
  for (const operation of inOrderOfStart(operations)) {
    for (let other = ended[next]; other !== undefined && endOf(other) < operation.start; other = ended[++next]) {
      const register = registerOf(other);
      advance(register.settled, register.versionOf(other), other);
    }
    const register = registerOf(operation);
    if (operation.f === 'read') checkRead(operation, register, realtime, findings);
    else checkWrite(operation, register, realtime, findings);
  }
}

function checkRead(
  read: Operation,
  register: VersionedRegister,
  realtime: boolean,
  findings: Findings<SessionAnomaly>,
): void {
  const version = register.versionOf(read);
  const { read: seen, written } = register.session(read.process);
  if (version < written.version) report('read your writes', read, written, findings);
  else if (version < seen.version) report('non-monotonic read', read, seen, findings);
  else if (realtime && version < register.settled.version) report('stale read', read, register.settled, findings);
  advance(seen, version, read);
  const source = register.writes.get(version);
  if (source !== undefined && endOf(read) < source.start)
    findings.add('unexpected', read.start, () => ({
      message: `${describe(read)}; but that version was only made by ${describe(source)}.`,
      operations: [read, source],
    }));
  else if (source === undefined && version !== register.initial && !register.mayHoldUnknown)
    findings.add('dirty read', read.start, () => ({
      message: `${describe(read)}; but no write that was acknowledged or may have been applied made that version.`,
      operations: [read],
    }));
}

function checkWrite(
  write: Operation,
  register: VersionedRegister,
  realtime: boolean,
  findings: Findings<SessionAnomaly>,
): void {
  const version = register.versionOf(write);
  const { read, written } = register.session(write.process);
  if (version <= written.version && written.by !== undefined) report('non-monotonic write', write, written, findings);
  else if (version <= read.version && read.by !== undefined) report('writes follow reads', write, read, findings);
  else if (realtime && version <= register.settled.version && register.settled.by !== undefined)
    report('commit order', write, register.settled, findings);
  advance(written, version, write);
}

function advance(newest: Newest, version: number, by: Operation): void {
  if (version < newest.version || (version === newest.version && newest.by !== undefined)) return;
  newest.version = version;
  newest.by = by;
}

function report(
  kind: SessionAnomaly,
  later: Operation,
  { version, by }: Newest,
  findings: Findings<SessionAnomaly>,
): void {
  const earlier = by === undefined ? [] : [by];
  findings.add(
    kind,
    later.start,
    () => ({
      message: `${earlier.map(describe).join('')}; but later, ${describe(later)}.`,
      operations: [...earlier, later],
    }),
    version - (typeof later.value === 'number' ? later.value : 0),
  );
}

export const session = {
  name: 'session',
  anomalies: ANOMALIES,
  among: {
    'read your writes': 'reads',
    'non-monotonic read': 'reads',
    'stale read': 'reads',
    'dirty read': 'reads',
    unexpected: 'reads',
  },
  check: ({ operations }, { mode }) => checkSession(operations, { realtime: mode !== 'eventual' }),
} as const satisfies Checker<SessionAnomaly>;
