import * as v from 'valibot';
import { ISOLATION_LEVELS } from '../checkers/transactions/isolation-levels.ts';
import { formatDuration, parseDuration } from '../load/duration.ts';
import { PROFILE_NAMES, PROFILES, type Profile } from '../load/profiles.ts';
import { PROTOCOL_CHOICES, RPC_FORMAT_NAMES } from '../protocols/protocols.ts';
import { ROUTINGS } from '../protocols/routing.ts';
import { type AnyDefinition, speaks, takesProtocol } from '../scenario/definition.ts';
import type { Resume } from '../workloads/change-records.ts';
import { LIVE_PROMISES } from '../workloads/live-records.ts';
import { DISTRIBUTIONS, WORKLOAD_NAMES } from '../workloads/ycsb.ts';

/** One setting of a scenario, given as an environment variable (k6 alone) or as a flag (`npm run load`). */
export interface Setting {
  readonly env: string;
  /** Commander's notation; absent if only the environment variable exists. */
  readonly flag?: string;
  readonly fallback?: string;
  readonly meaning: string;
  /** The valid values, after "must be". */
  readonly values: string;
  readonly schema: v.GenericSchema<string, unknown>;
  /** Whether messages leave its value out. */
  readonly secret?: true;
  /** Scenarios that it applies to, alone or as a part of a composed one; all if absent. */
  readonly appliesTo?: (definition: AnyDefinition) => boolean;
}

const setting = <const S extends Setting>(definition: S): S => definition;

/** The flag of a setting as it is typed, without the value that it takes; undefined if only the environment variable exists. */
export const flagOf = ({ flag }: Setting): string | undefined => flag?.split(' ')[0];

const oneOf = (names: readonly string[]): string => `one of ${names.join(', ')}`;

const wholeNumber = (least: number, most: number) =>
  v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), v.minValue(least), v.maxValue(most));

const durationFrom = (least: number) =>
  v.pipe(
    v.string(),
    v.transform((text) => parseDuration(text) ?? Number.NaN),
    v.number(),
    v.minValue(least),
  );

const flag = v.pipe(
  v.picklist(['true', 'false', '1', '0']),
  v.transform((text) => text === 'true' || text === '1'),
);

const NODE_URL = /^(https?):\/\/([^\s/?#@:[\]\\"'<>%]+|\[[\da-fA-F:.]+\])(?::0*(\d+))?\/?$/;

const nodeUrl = v.pipe(
  v.string(),
  v.regex(NODE_URL),
  v.transform((url) => url.replace(/\/$/, '')),
  v.check((url) => portOf(url) > 0 && portOf(url) < 65_536),
);

const portOf = (url: string): number => {
  const [, scheme, , port] = NODE_URL.exec(url) ?? [];
  return Number(port ?? (scheme === 'https' ? 443 : 80));
};

const serverOf = (url: string): string => `${NODE_URL.exec(url)?.[2]?.toLowerCase()}:${portOf(url)}`;

const nodeUrls = v.pipe(
  v.string(),
  v.transform((text) => text.split(',').map((url) => url.trim())),
  v.array(nodeUrl),
  v.minLength(1),
  v.check((urls) => new Set(urls.map(serverOf)).size === urls.length),
);

/** Scenarios of a composed load by name, and how many iterations each gets in proportion to the others. */
export type Mix = Readonly<Record<string, number>>;

/** Of a setting that a scenario's definition lists as its own. */
const listedAs =
  (name: string) =>
  ({ settings }: AnyDefinition): boolean =>
    settings?.includes(name) === true;

const resumption = v.pipe(
  v.string(),
  v.regex(/^(exclusive|inclusive|overlap=\w+)$/),
  v.transform((text): Resume => {
    const [kind, overlap] = text.split('=') as [Resume['kind'], string | undefined];
    return { kind, milliseconds: overlap === undefined ? 0 : (parseDuration(overlap) ?? Number.NaN) };
  }),
  v.check(({ milliseconds }) => !Number.isNaN(milliseconds)),
);

const mixOfScenarios = v.pipe(
  v.string(),
  v.transform((text) => text.split(',').map((part) => part.split('=').map((word) => word.trim()))),
  v.array(v.tuple([v.pipe(v.string(), v.minLength(1)), wholeNumber(1, 1000)])),
  v.check((shares) => new Set(shares.map(([name]) => name)).size === shares.length),
  v.transform((shares): Mix => Object.fromEntries(shares)),
);

/** Guarantees that reads are checked against. */
export const CONSISTENCY_MODES = ['strong', 'eventual'] as const;

/** How the root user authenticates. */
export const AUTHENTICATIONS = ['bearer', 'basic'] as const;

/** What a user is defined on, as `surreal sql --auth-level` takes it. */
export const AUTH_LEVELS = ['root', 'namespace', 'database'] as const;

/** A name that is safe in a header, in backticks, and in messages. */
const definedName = v.pipe(v.string(), v.regex(/^[\w.-]+$/));
const DEFINED_NAME = 'a name of letters, digits, _, - and .';

const jsonObject = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));

export const SETTINGS = {
  nodes: setting({
    env: 'SURREAL_NODES',
    flag: '--nodes <urls>',
    fallback: 'http://127.0.0.1:8000',
    meaning: 'base URLs of the nodes, separated by commas; the first is named surreal-1',
    values: 'http://HOST:PORT or https://HOST:PORT, each server once, without path, query and credentials',
    schema: nodeUrls,
  }),
  user: setting({
    env: 'SURREAL_USER',
    fallback: 'root',
    meaning: 'user of the nodes; a root user, unless --auth-level or --access says otherwise',
    values: 'a text that is not empty',
    schema: v.pipe(v.string(), v.minLength(1)),
  }),
  pass: setting({
    env: 'SURREAL_PASS',
    fallback: 'root',
    meaning: 'password of that user',
    values: 'a text that is not empty',
    secret: true,
    schema: v.pipe(v.string(), v.minLength(1)),
  }),
  namespace: setting({
    env: 'SURREAL_NAMESPACE',
    flag: '--namespace <name>',
    meaning: 'namespace of the nodes of --nodes that the run works in, instead of one of its own',
    values: DEFINED_NAME,
    schema: definedName,
  }),
  database: setting({
    env: 'SURREAL_DATABASE',
    flag: '--database <name>',
    meaning: 'database in --namespace that the run works in, instead of one of its own',
    values: DEFINED_NAME,
    schema: definedName,
  }),
  authLevel: setting({
    env: 'SURREAL_AUTH_LEVEL',
    flag: '--auth-level <level>',
    meaning: 'what the user of the nodes of --nodes is defined on; root if not set',
    values: oneOf(AUTH_LEVELS),
    schema: v.picklist(AUTH_LEVELS),
  }),
  access: setting({
    env: 'SURREAL_ACCESS',
    flag: '--access <name>',
    meaning: 'access method in --database that a record user signs in by',
    values: DEFINED_NAME,
    schema: definedName,
  }),
  accessVariables: setting({
    env: 'SURREAL_ACCESS_VARIABLES',
    meaning:
      'variables that the SIGNIN of --access takes, instead of `user` and `pass`, which are SURREAL_USER and SURREAL_PASS',
    values: 'a JSON object',
    secret: true,
    schema: jsonObject,
  }),
  profile: setting({
    env: 'LOAD_PROFILE',
    flag: '--profile <name>',
    fallback: 'smoke',
    meaning: 'shape of the load',
    values: oneOf(PROFILE_NAMES),
    schema: v.picklist(PROFILE_NAMES),
  }),
  protocol: setting({
    env: 'LOAD_PROTOCOL',
    flag: '--protocol <name>',
    fallback: 'sql',
    appliesTo: takesProtocol,
    meaning: 'protocol of the operations; `all` alternates between them',
    values: oneOf(PROTOCOL_CHOICES),
    schema: v.picklist(PROTOCOL_CHOICES),
  }),
  rpcFormat: setting({
    env: 'LOAD_RPC_FORMAT',
    flag: '--rpc-format <name>',
    fallback: 'json',
    appliesTo: speaks('rpc'),
    meaning: 'format of the messages of protocol rpc; `cbor` is that of the SDKs',
    values: oneOf(RPC_FORMAT_NAMES),
    schema: v.picklist(RPC_FORMAT_NAMES),
  }),
  rpcTransactions: setting({
    env: 'LOAD_RPC_TRANSACTIONS',
    flag: '--rpc-transactions <how>',
    fallback: 'query',
    appliesTo: listedAs('rpcTransactions'),
    meaning:
      'how a transaction goes by protocol rpc: in one `query`, or in several `messages`, as one that an application computes between',
    values: 'query or messages',
    schema: v.picklist(['query', 'messages']),
  }),
  auth: setting({
    env: 'LOAD_AUTH',
    flag: '--auth <name>',
    fallback: 'bearer',
    meaning:
      'how the root user authenticates: with a token, or with `basic` authentication, for which the server hashes the password on every request',
    values: oneOf(AUTHENTICATIONS),
    schema: v.picklist(AUTHENTICATIONS),
  }),
  rate: setting({
    env: 'LOAD_RATE',
    flag: '--rate <number>',
    meaning: "peak rate in operations per second (open model), instead of the profile's",
    values: 'a whole number from 1 to 1000000',
    schema: wholeNumber(1, 1_000_000),
  }),
  vus: setting({
    env: 'LOAD_VUS',
    flag: '--vus <number>',
    meaning: 'peak number of virtual users; switches to the closed model',
    values: 'a whole number from 1 to 9999',
    schema: wholeNumber(1, 9999),
  }),
  duration: setting({
    env: 'LOAD_DURATION',
    flag: '--duration <time>',
    meaning: "length of the measured phase, instead of the profile's",
    values: 'a duration of at least 1s, such as 30s, 5m or 1h30m',
    schema: durationFrom(1000),
  }),
  warmUp: setting({
    env: 'LOAD_WARM_UP',
    flag: '--warm-up <time>',
    meaning: "length of the load that is sent first and not measured, instead of the profile's",
    values: 'a duration, such as 0s (none), 500ms or 30s',
    schema: durationFrom(0),
  }),
  generators: setting({
    env: 'LOAD_GENERATORS',
    flag: '--generators <number>',
    fallback: '1',
    meaning: 'k6 processes that share the load in equal segments',
    values: 'a whole number from 1 to 64',
    schema: wholeNumber(1, 64),
  }),
  timeout: setting({
    env: 'LOAD_TIMEOUT',
    flag: '--timeout <time>',
    fallback: '10s',
    meaning: 'time-out of a request',
    values: 'a duration such as 500ms or 10s',
    schema: durationFrom(1),
  }),
  routing: setting({
    env: 'LOAD_ROUTING',
    flag: '--routing <name>',
    fallback: 'round-robin',
    appliesTo: (definition) => !('choosesNodes' in definition),
    meaning:
      'node that a VU sends to: all in turn, always the same one, or the same one until it stops answering, then the next',
    values: oneOf(ROUTINGS),
    schema: v.picklist(ROUTINGS),
  }),
  patience: setting({
    env: 'LOAD_PATIENCE',
    flag: '--patience <time>',
    fallback: '60s',
    meaning: 'total time that the final reads wait for nodes that do not answer',
    values: 'a duration from 1s to 5m',
    schema: v.pipe(durationFrom(1000), v.maxValue(300_000)),
  }),
  seed: setting({
    env: 'LOAD_SEED',
    flag: '--seed <number>',
    fallback: '1',
    meaning: 'seed of all random data; the same seed sends the same data',
    values: 'a whole number from 0 to 4294967295',
    schema: wholeNumber(0, 4_294_967_295),
  }),
  mode: setting({
    env: 'LOAD_MODE',
    flag: '--mode <name>',
    fallback: 'strong',
    appliesTo: listedAs('mode'),
    meaning: 'guarantee of reads: `strong` returns every acknowledged write at once, `eventual` within --window',
    values: oneOf(CONSISTENCY_MODES),
    schema: v.picklist(CONSISTENCY_MODES),
  }),
  window: setting({
    env: 'LOAD_WINDOW',
    flag: '--window <time>',
    fallback: '500ms',
    appliesTo: listedAs('window'),
    meaning: 'longest time until a write is visible, with --mode eventual',
    values: 'a duration such as 100ms or 2s',
    schema: durationFrom(1),
  }),
  expect: setting({
    env: 'LOAD_EXPECT',
    flag: '--expect <promise>',
    appliesTo: (definition) => 'expects' in definition,
    meaning:
      'what the load is checked against: the isolation level of transactions [snapshot-isolation]; the changes that a live query must tell of: those of its own node, as SurrealDB 3 documents, or of the cluster [same-node]',
    values: `${oneOf(ISOLATION_LEVELS)}; of live queries, ${LIVE_PROMISES.join(' or ')}`,
    schema: v.picklist([...ISOLATION_LEVELS, ...LIVE_PROMISES]),
  }),
  resume: setting({
    env: 'LOAD_RESUME',
    flag: '--resume <how>',
    fallback: 'exclusive',
    appliesTo: listedAs('resume'),
    meaning: 'how a consumer of a changefeed goes on: after the last versionstamp it saw, at it, or so long before it',
    values: 'exclusive, inclusive, or overlap=TIME such as overlap=2s',
    schema: resumption,
  }),
  lateFrom: setting({
    env: 'LOAD_LATE_FROM',
    flag: '--late-from <where>',
    fallback: '0',
    appliesTo: listedAs('lateFrom'),
    meaning:
      'where the consumer that starts in mid-run begins to read the changefeed: at its beginning, or by SINCE at the present date and time',
    values: '0 or datetime',
    schema: v.picklist(['0', 'datetime']),
  }),
  records: setting({
    env: 'LOAD_RECORDS',
    flag: '--records <number>',
    fallback: '1000',
    appliesTo: listedAs('records'),
    meaning: 'records seeded before the load; for a blog: posts, with a tenth as many authors',
    values: 'a whole number from 100 to 10000000',
    schema: wholeNumber(100, 10_000_000),
  }),
  workload: setting({
    env: 'LOAD_WORKLOAD',
    flag: '--workload <letter>',
    fallback: 'a',
    appliesTo: listedAs('workload'),
    meaning: 'core workload of the YCSB paper',
    values: oneOf(WORKLOAD_NAMES),
    schema: v.picklist(WORKLOAD_NAMES),
  }),
  distribution: setting({
    env: 'LOAD_DISTRIBUTION',
    flag: '--distribution <name>',
    appliesTo: listedAs('distribution'),
    meaning: "distribution of the requested keys, instead of the workload's",
    values: oneOf(DISTRIBUTIONS),
    schema: v.picklist(DISTRIBUTIONS),
  }),
  fieldLength: setting({
    env: 'LOAD_FIELD_LENGTH',
    flag: '--field-length <number>',
    fallback: '100',
    appliesTo: listedAs('fieldLength'),
    meaning: 'characters in each of the ten fields of a record',
    values: 'a whole number from 64 to 10000',
    schema: wholeNumber(64, 10_000),
  }),
  mix: setting({
    env: 'LOAD_MIX',
    flag: '--mix <shares>',
    fallback: 'crud=2,blog=5,bank=1',
    appliesTo: listedAs('mix'),
    meaning: 'scenarios of the mixed load and their shares of the iterations',
    values: 'NAME=SHARE,NAME=SHARE,… with each scenario once and each share a whole number from 1 to 1000',
    schema: mixOfScenarios,
  }),
  run: setting({
    env: 'LOAD_NAMESPACE',
    meaning:
      'name of what the run creates at the start and removes at the end: its namespace, or its databases in --namespace; a new name if not set',
    values: 'load_ followed by letters, digits and _',
    schema: v.pipe(v.string(), v.regex(/^load_\w+$/)),
  }),
  keep: setting({
    env: 'LOAD_KEEP',
    flag: '--keep',
    fallback: 'false',
    meaning: "keep the run's namespace and its data",
    values: 'true, false, 1 or 0',
    schema: flag,
  }),
  history: setting({
    env: 'LOAD_HISTORY',
    fallback: 'false',
    meaning: 'print each operation as a line of the history (use with --console-output FILE --log-format raw)',
    values: 'true, false, 1 or 0',
    schema: flag,
  }),
  summary: setting({
    env: 'LOAD_SUMMARY',
    meaning: 'file that the machine-readable summary is written to',
    values: 'a path',
    schema: v.pipe(v.string(), v.minLength(1)),
  }),
  schema: setting({
    env: 'LOAD_SCHEMA',
    flag: '--schema <file>',
    meaning: "SurrealQL file that defines the scenario's tables, instead of its own: to compare schemas and indexes",
    values: 'the path of a file like those in schemas/',
    schema: v.pipe(v.string(), v.minLength(1)),
  }),
  thresholds: setting({
    env: 'LOAD_THRESHOLDS',
    flag: '--thresholds <file>',
    meaning: "file with limits, instead of the scenario's",
    values: 'the path of a JSON file like those in thresholds/',
    schema: v.pipe(v.string(), v.minLength(1)),
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;

type Value<Name extends SettingName> = v.InferOutput<(typeof SETTINGS)[Name]['schema']>;
type WithFallback = { [N in SettingName]: (typeof SETTINGS)[N] extends { fallback: string } ? N : never }[SettingName];

/** Parsed settings: durations in milliseconds, rates in operations a second. */
export type Settings = { readonly [N in SettingName]: Value<N> | (N extends WithFallback ? never : undefined) };

/** One line for each wrong setting, with its valid values. */
export class SettingsError extends Error {}

/** Names a setting in messages as the user gave it: `--vus`, `LOAD_VUS`, … */
export type SettingNaming = (name: SettingName) => string;

export const variableOf: SettingNaming = (name) => SETTINGS[name].env;

/** A text for messages, without the credentials of the URLs in it. */
export const withoutCredentials = (text: string): string => text.replace(/\/\/.*@/gs, '//…@');

/**
 * Reads settings from environment variables. An unknown variable that begins with `LOAD_` is an error, because it is a misspelt
 * setting.
 * @throws SettingsError
 */
export function parseSettings(
  environment: Readonly<Record<string, string | undefined>>,
  nameOf: SettingNaming = variableOf,
): Settings {
  const problems: string[] = [];
  const parsed: Record<string, unknown> = {};
  for (const [name, { env, fallback, values, schema, secret }] of Object.entries<Setting>(SETTINGS)) {
    // A variable that is set to nothing is not set.
    const text = environment[env] || fallback;
    if (text === undefined) continue;
    const result = v.safeParse(schema, text);
    if (result.success) parsed[name] = result.output;
    else
      problems.push(
        `${nameOf(name as SettingName)} must be ${values}${secret ? '' : ` (got ${JSON.stringify(withoutCredentials(text))})`}.`,
      );
  }
  const known = Object.values(SETTINGS).map(({ env }) => env);
  for (const name of Object.keys(environment))
    if (name.startsWith('LOAD_') && !known.some((env) => env === name))
      problems.push(`${name} is not a setting. Unset it, or use one of ${known.join(', ')}.`);
  if (parsed.rate !== undefined && parsed.vus !== undefined)
    problems.push(
      `${nameOf('rate')} (open model) and ${nameOf('vus')} (closed model) exclude each other. Use one of them.`,
    );
  if (parsed.profile === 'breakpoint' && parsed.vus !== undefined)
    problems.push(
      `${nameOf('vus')} cannot be used with the profile breakpoint, which searches for a rate. Set its highest rate with ${nameOf('rate')}.`,
    );
  if (parsed.workload === 'e' && parsed.protocol !== 'sql')
    problems.push(
      `${nameOf('workload')} e reads ranges of ids, which only SurrealQL can express. Use ${nameOf('protocol')} sql.`,
    );
  const { rungs }: Profile = PROFILES.breakpoint;
  const least = (rungs ?? 0) * 1000;
  if (parsed.profile === 'breakpoint' && typeof parsed.duration === 'number' && parsed.duration < least)
    problems.push(
      `${nameOf('duration')} must be at least ${formatDuration(least)} with the profile breakpoint: ${rungs} steps of at least 1s.`,
    );
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return parsed as Settings;
}
