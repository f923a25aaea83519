import { isFullySent, iterationsOf, type LimitResult, type RunSummary } from './summary.ts';

/** `invalid`: the run cannot be trusted, so it proves nothing about the target. */
export type VerdictState = 'pass' | 'fail' | 'invalid';

/** A reason against a pass, as one plain sentence. */
export interface Finding {
  /** `termination`: a server ended by itself. */
  readonly kind: 'correctness' | 'termination' | 'availability' | 'performance' | 'validity';
  readonly message: string;
  /** The precise sentence behind it, such as a checker's. */
  readonly detail?: string;
}

export interface Verdict {
  readonly state: VerdictState;
  /** One sentence. */
  readonly headline: string;
  /** Gravest first. */
  readonly findings: readonly Finding[];
}

/** The inputs of a verdict. */
export interface VerdictInput {
  readonly summary: RunSummary;
  /** Findings from outside k6: anomalies, a saturated generator, an interruption. */
  readonly findings?: readonly Finding[];
}

const GRAVITY: readonly Finding['kind'][] = ['correctness', 'termination', 'validity', 'availability', 'performance'];

/**
 * Combines all results into one verdict. A violated invariant fails even an invalid run, because wrong data stays wrong; so does a
 * server that ended by itself, because what else failed came of it. Validity precedes the rest, because latency and availability of an invalid run prove nothing.
 */
export function judgeRun({ summary, findings = [] }: VerdictInput): Verdict {
  const all = [
    ...findings,
    ...summary.limits.flatMap(findingOfLimit),
    ...breakpointFindings(summary),
    ...scheduleFindings(summary),
  ];
  if (all.length === 0) all.push(...silenceFindings(summary));
  all.sort((a, b) => GRAVITY.indexOf(a.kind) - GRAVITY.indexOf(b.kind));
  const first = all[0];
  if (first === undefined) return { state: 'pass', headline: passHeadline(summary), findings: [] };
  const state = first.kind === 'validity' ? 'invalid' : 'fail';
  return { state, headline: first.message, findings: all };
}

/** Exit code of a verdict: 99, as k6 has it for a failed threshold, and 98 for an invalid run. */
export const exitCodeOf = ({ state }: Verdict): number => ({ pass: 0, fail: 99, invalid: 98 })[state];

/** Not every profile limits errors, and a run in which nothing succeeded must not pass. */
function silenceFindings({ phases }: RunSummary): Finding[] {
  if (phases.some(({ outcomes }) => outcomes.ok > 0)) return [];
  const errors = phases.flatMap(({ outcomes }) => Object.values(outcomes)).reduce((sum, count) => sum + count, 0);
  const message = `No operation was acknowledged: ${errors} were sent and ended otherwise, so nothing is known of the target.`;
  return [{ kind: 'validity', message }];
}

function passHeadline({ phases, highestRate, limits }: RunSummary): string {
  if (highestRate !== undefined) return breakpointHeadline(highestRate, phases.at(-1)?.rate ?? 0);
  const ok = phases.reduce((sum, { outcomes }) => sum + outcomes.ok, 0);
  const checked = limits.filter(({ state }) => state === 'held').length;
  return `${ok} operations acknowledged and every limit held (${checked} checked).`;
}

function breakpointHeadline(highest: number, top: number): string {
  if (highest === top) return `Every rate up to ${top}/s held. Use a higher --rate to find the limit.`;
  return `The highest rate that held is ${highest} operations per second.`;
}

function breakpointFindings({ highestRate, phases }: RunSummary): Finding[] {
  if (highestRate !== 0) return [];
  return [{ kind: 'performance', message: `Not even the lowest rate, ${phases[0]?.rate ?? 0}/s, held.` }];
}

/** Steps above the breaking point send nothing on purpose. */
function scheduleFindings({ phases, highestRate }: RunSummary): Finding[] {
  if (highestRate !== undefined) return [];
  return phases
    .filter((phase) => !isFullySent(phase))
    .map((phase) => ({
      kind: 'validity',
      message: `k6 fell behind its schedule: of ${Math.round(phase.planned ?? 0)} planned operations of ${phase.name} it sent ${iterationsOf(phase)} and dropped ${phase.dropped}. Give the load generator more CPU, or use a lower rate.`,
    }));
}

/** The reason against a pass that a limit gives, if it is one. */
export function findingOfLimit({ limit, state, measured, instance }: LimitResult): Finding[] {
  if (state === 'held' || state === 'not applicable') return [];
  const wanted = `${limit.statistic} of ${limit.metric} ${limit.comparison} ${limit.limit}${unit(limit.unit)}`;
  if (state === 'too few samples')
    return [
      {
        kind: 'validity',
        message: `Too few operations to judge "${limit.title}" (${wanted}). Run longer, or at a higher rate.`,
      },
    ];
  return [
    {
      kind: limit.kind,
      message: `${limit.requirement} broken: ${limit.title}. Measured ${round(measured)}${unit(limit.unit)}${instance ? ` on ${instance}` : ''}, must be ${limit.comparison} ${limit.limit}${unit(limit.unit)}.`,
    },
  ];
}

const unit = (name: string): string => (/^\w|%/.test(name) ? ` ${name}` : name);
const round = (value: number): string => String(Math.round(value * 100) / 100);
