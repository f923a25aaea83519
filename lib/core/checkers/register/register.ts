import type { Operation } from '../../history/history.ts';
import type { Checker } from '../checker.ts';
import type { CheckVerdict, Evidence } from '../shared/check-verdict.ts';
import { describe } from '../shared/describe.ts';
import { conclude, Findings, Tally } from '../shared/findings.ts';
import { searchLinearization } from './linearizability.ts';
import { RegisterSteps } from './register-steps.ts';
import { narrow } from './register-window.ts';

const ANOMALIES = {
  'not linearizable':
    'No order of the operations on a register, each at some moment between its start and its end, explains every answer.',
} as const;

type RegisterAnomaly = keyof typeof ANOMALIES;

export interface RegisterOptions {
  /** What every register holds before its first write. Default null: no record. */
  readonly initial?: unknown;
  /** Configurations per register after which the search ends with `unknown`. Default 2,000,000: about 100 MB. */
  readonly maxConfigurations?: number;
  /** Milliseconds after which the whole check ends with `unknown`. Default 60,000. */
  readonly timeLimit?: number;
}

/** How long the narrowing down of one failure may take, milliseconds. */
const NARROWING_TIME = 10_000;

/** Operations named in a sentence; the evidence holds them all. */
const NAMED_OPERATIONS = 12;

/**
 * Each register behaves as if its operations happened one at a time, each at some moment between its start and its end.
 *
 * Herlihy and Wing, *Linearizability* (TOPLAS 1990); registers are checked one by one, for linearizability is local
 * (section 3.3, theorem 1). The search: see linearizability.ts.
 *
 * Operations: `read` (key, value as seen) · `write` (key, value) · `cas` (key, value: [expected, new]; `failed` with error
 * `mismatch` where the register held something else). Operations of unknown outcome take effect at any later time or never.
 */
export function checkRegister(
  operations: Iterable<Operation>,
  options: RegisterOptions = {},
): CheckVerdict<RegisterAnomaly> {
  const { initial = null, maxConfigurations = 2_000_000, timeLimit = 60_000 } = options;
  const deadline = Date.now() + timeLimit;
  const findings = new Findings<RegisterAnomaly>();
  const tally = new Tally();
  const registers = registersOf(operations, tally);
  const figures = { registers: registers.size, configurations: 0, undecided: 0 };
  for (const [key, register] of registers) {
    const steps = new RegisterSteps(register, initial);
    const { linearizable, configurations } = searchLinearization(steps, { maxConfigurations, deadline });
    figures.configurations += configurations;
    if (linearizable === 'unknown') figures.undecided++;
    else if (!linearizable)
      findings.add('not linearizable', register[0]?.start ?? 0, () => evidenceOf(key, register, initial));
  }
  const counts = { ...tally.counts, ...figures };
  return conclude('register', counts, findings, {
    valid: figures.undecided > 0 || registers.size === 0 ? 'unknown' : 'valid',
    explanation:
      figures.undecided > 0
        ? `${figures.undecided} of ${registers.size} registers have too many possible orders to decide within ${timeLimit / 1000} s and ${maxConfigurations} configurations each.`
        : registers.size === 0
          ? 'There is no operation on a register, so nothing is known.'
          : `Each of ${registers.size} registers has an order of its operations that explains every answer.`,
  });
}

function registersOf(operations: Iterable<Operation>, tally: Tally): Map<string, Operation[]> {
  const registers = new Map<string, Operation[]>();
  for (const operation of operations) {
    tally.add(operation);
    const { key = '' } = operation;
    const register = registers.get(key);
    if (register === undefined) registers.set(key, [operation]);
    else register.push(operation);
  }
  return registers;
}

function evidenceOf(key: string, register: readonly Operation[], initial: unknown): Evidence {
  const { operations, ...window } = narrow(register, initial, Date.now() + NARROWING_TIME);
  const named = operations.slice(0, NAMED_OPERATIONS).map(describe).join('; ');
  const more = operations.length > NAMED_OPERATIONS ? `; and ${operations.length - NAMED_OPERATIONS} more` : '';
  return {
    message: `No order of these operations on register ${key} explains every answer: ${named}${more}.`,
    operations,
    ...window,
  };
}

/** How compare-and-sets ended. */
function casCounts(operations: readonly Operation[]): CheckVerdict['counts'] {
  const all = operations.filter(({ f }) => f === 'cas');
  return {
    'cas won': all.filter(({ outcome }) => outcome === 'ok').length,
    'cas mismatched': all.filter(({ error }) => error === 'mismatch').length,
    'cas that met conflicts': all.filter(({ attempts = 1 }) => attempts > 1).length,
  };
}

export const register = {
  name: 'register',
  anomalies: ANOMALIES,
  among: { 'not linearizable': 'registers' },
  shapes: { cas: (value) => Array.isArray(value) && value.length === 2 },
  check: ({ operations }, { initial }) => {
    const verdict = checkRegister(operations, { initial });
    return { ...verdict, counts: { ...verdict.counts, ...casCounts(operations) } };
  },
} as const satisfies Checker<RegisterAnomaly>;
