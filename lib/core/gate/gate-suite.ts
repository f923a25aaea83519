import * as v from 'valibot';
import { ACCESS_SETTINGS } from '../access/node-user.ts';
import { DEFAULT_TOLERANCE } from '../comparison/compare-rounds.ts';
import { METRIC_KINDS, type MetricKind } from '../comparison/round-metrics.ts';
import { PROFILE_NAMES } from '../load/profiles.ts';
import { SETTINGS, type SettingName } from '../settings/settings.ts';

/** Settings that a gate's file may fix; nodes, credentials and files for results are not its business. */
const SETTABLE = Object.keys(SETTINGS).filter(
  (name) =>
    ![...ACCESS_SETTINGS, 'nodes', 'user', 'pass', 'profile', 'run', 'keep', 'history', 'summary'].includes(name),
) as SettingName[];

const compareSchema = v.strictObject({
  /** Rounds of each side. */
  rounds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(6), v.maxValue(1000)), 12),
  /** Percent below which a change does not matter. */
  tolerance: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1000)), DEFAULT_TOLERANCE.percent),
  /** What may stop the gate. */
  metrics: v.optional(
    v.pipe(v.array(v.picklist(METRIC_KINDS)), v.minLength(1)),
    // The 99th percentile of short rounds is too restless to stop anybody: npm run compare shows it.
    METRIC_KINDS.filter((kind): kind is Exclude<MetricKind, 'p99'> => kind !== 'p99'),
  ),
});

const entrySchema = v.strictObject({
  scenario: v.pipe(v.string(), v.minLength(1)),
  profile: v.optional(v.picklist(PROFILE_NAMES)),
  settings: v.optional(
    v.record(
      v.picklist(SETTABLE, `must be a setting of docs/reference/settings.md: ${SETTABLE.join(', ')}`),
      v.union([v.string(), v.number(), v.boolean()]),
    ),
    {},
  ),
  /** Measured in rounds against the baseline; absent: run once on the candidate. */
  compare: v.optional(compareSchema),
});

const suiteSchema = v.strictObject({
  $schema: v.optional(v.string()),
  suite: v.pipe(v.array(entrySchema), v.minLength(1)),
  /** What a metric that is neither proven worse nor proven the same means for the gate. */
  inconclusive: v.optional(v.picklist(['pass', 'invalid']), 'pass'),
});

/** One scenario of a gate. */
export type GateEntry = v.InferOutput<typeof entrySchema>;
export type GateSuite = v.InferOutput<typeof suiteSchema>;
/** A scenario that is compared with the baseline. */
export type ComparedEntry = GateEntry & { readonly compare: NonNullable<GateEntry['compare']> };

export const isCompared = (entry: GateEntry): entry is ComparedEntry => entry.compare !== undefined;

/** Thrown where a gate's file is wrong: names file, place and what would be right. */
export class GateSuiteError extends Error {}

/** @param file name for messages @throws GateSuiteError */
export function parseGateSuite(file: string, content: unknown): GateSuite {
  const result = v.safeParse(suiteSchema, content);
  if (!result.success)
    throw new GateSuiteError(
      result.issues.map((issue) => `${file}: ${v.getDotPath(issue) ?? 'content'}: ${issue.message}`).join('\n'),
    );
  const names = result.output.suite.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new GateSuiteError(`${file}: suite: "${twice}" is listed twice. Remove one of them.`);
  return result.output;
}

/** A name that tells entries of one suite apart: the scenario, and what it does not have in common with others. */
export function nameOf({ scenario, profile, settings }: GateEntry): string {
  const own = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return [scenario, ...(profile === undefined ? [] : [profile]), ...own].join(' ');
}

/** The settings of an entry by environment variable. Rounds of comparisons have a profile of their own. */
export function entryEnvironment({ profile, settings, compare }: GateEntry): Record<string, string> {
  const own = Object.entries(settings).map(([name, value]) => [SETTINGS[name as SettingName].env, String(value)]);
  return {
    [SETTINGS.profile.env]: profile ?? (compare === undefined ? SETTINGS.profile.fallback : 'round'),
    ...Object.fromEntries(own),
  };
}
