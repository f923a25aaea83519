import { ACCESS_SETTINGS } from '../../core/access/node-user.ts';
import {
  parseSettings,
  SETTINGS,
  type Setting,
  type SettingName,
  withoutCredentials,
} from '../../core/settings/settings.ts';
import { USER_VARIABLES } from '../access/credentials.ts';
import { UsageError } from '../cli/errors.ts';
import { argumentsOf, withFiles } from '../cli/flags.ts';
import { parseNodeSettings } from '../targets/node-settings.ts';
import { checkRequest } from '../targets/resolve.ts';
import { TARGET_CHOICES, type TargetChoice, type TargetRequest } from '../targets/target.ts';

/** The two sides of a comparison: A is the baseline, B the candidate. */
export const ARM_NAMES = ['a', 'b'] as const;
export type ArmName = (typeof ARM_NAMES)[number];

/** One side of a comparison as requested by the user. */
export interface ArmRequest {
  /** The argument as typed. */
  readonly text: string;
  readonly target: TargetRequest;
  /** The `surreal` program of this side, if it differs from the default. */
  readonly surreal?: string;
  /** Settings of this side only, by environment variable. */
  readonly env: Readonly<Record<string, string>>;
}

/** Grammar of a side, for --help. */
export const ARM_GRAMMAR =
  'auto, embedded, native, compose, or external=URL,URL; then any of ,store=STORE ,nodes=NUMBER ,port=NUMBER ' +
  ',surreal=PROGRAM ,SURREAL_NAME=VALUE (environment of its nodes) and ,SETTING=VALUE as in docs/reference/settings.md (,protocol=rest)';

/** Settings that both sides must share. */
const SHARED: readonly SettingName[] = [
  'nodes',
  'user',
  'pass',
  'seed',
  'run',
  ...ACCESS_SETTINGS,
  'history',
  'summary',
  'keep',
];

/**
 * Reads one side: `native,surreal=/opt/surreal-3.2,store=tikv://127.0.0.1:2379,nodes=1,protocol=rest` or
 * `external=http://127.0.0.1:8000,http://127.0.0.1:8001`.
 * @param flag the flag that was typed, for messages
 * @throws UsageError naming the invalid part and the valid values
 */
export function parseArm(flag: string, text: string): ArmRequest {
  const invalid = (message: string) =>
    new UsageError(withoutCredentials(`${flag} "${text}": ${message} A target is ${ARM_GRAMMAR}.`));
  const [first = '', ...rest] = text.split(',').map((part) => part.trim());
  const [kind = '', firstUrl] = splitOnce(first);
  const choice = TARGET_CHOICES.find((name) => name === kind);
  if (choice === undefined) throw invalid(`"${kind}" is not a target.`);
  if ((choice === 'external') !== (firstUrl !== undefined))
    throw invalid(choice === 'external' ? 'its URLs are missing: external=URL,URL.' : `${kind} takes no URL.`);

  const urls = firstUrl === undefined ? [] : [firstUrl];
  const options = new Map<string, string>();
  for (const part of rest) {
    if (choice === 'external' && options.size === 0 && /^https?:\/\//.test(part)) {
      urls.push(part);
      continue;
    }
    const [name, value] = splitOnce(part);
    if (value === undefined || value === '') throw invalid(`"${part}" is not NAME=VALUE.`);
    if (options.has(name)) throw invalid(`${name} is given twice.`);
    options.set(name, value);
  }
  const take = (name: string): string | undefined => {
    const value = options.get(name);
    options.delete(name);
    return value;
  };
  const count = (name: string, least: number, most: number): number | undefined => {
    const value = take(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!Number.isInteger(number) || number < least || number > most)
      throw invalid(`${name} must be a whole number from ${least} to ${most}.`);
    return number;
  };

  const target = {
    choice,
    nodes:
      urls.length === 0 ? undefined : parseSettings({ SURREAL_NODES: urls.join(',') }, () => `${flag} external`).nodes,
    store: take('store'),
    nodeCount: count('nodes', 1, 9),
    port: count('port', 0, 65_000) ?? freePort(choice),
  };
  const ofNodes = [...options].filter(([name]) => name.startsWith('SURREAL_'));
  for (const [name] of ofNodes) options.delete(name);
  const nodeSettings = parseNodeSettings(
    flag,
    ofNodes.map(([name, value]) => `${name}=${value}`),
  );
  const surreal = take('surreal');
  if (surreal !== undefined && choice !== 'native') throw invalid(`surreal= applies only to native, not to ${choice}.`);
  const env = Object.fromEntries([...options].map(([name, value]) => [variableOf(name, invalid), value]));
  const request = { ...target, nodeSettings };
  checkRequest(request);
  return { text, target: request, env, ...(surreal === undefined ? {} : { surreal }) };
}

/** Reads one side, and checks the files that its settings name. @throws UsageError, LimitsError */
export async function readArm(flag: string, text: string): Promise<ArmRequest> {
  const arm = parseArm(flag, text);
  return { ...arm, env: await withFiles(arm.env) };
}

/** Both sides may start on one machine, so neither may need the default ports. */
const freePort = (choice: TargetChoice): number | undefined =>
  choice === 'native' || choice === 'embedded' ? 0 : undefined;

function variableOf(name: string, invalid: (message: string) => Error): string {
  const camel = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const setting = Object.keys(SETTINGS).find((known) => known === camel) as SettingName | undefined;
  if (setting === undefined) throw invalid(`there is no setting "${name}".`);
  if (SHARED.includes(setting)) throw invalid(`${name} is the same for both sides.`);
  return SETTINGS[setting].env;
}

function splitOnce(text: string): [name: string, value: string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The command that loads this side once, with the same settings. @param env settings by environment variable */
export function loadCommand(
  scenario: string,
  { target: { choice, nodes, store, nodeCount }, surreal }: ArmRequest,
  env: Readonly<Record<string, string>>,
): string {
  const settings = Object.entries<Setting>(SETTINGS).flatMap(([name, { flag, env: variable }]) => {
    const value = env[variable];
    return flag === undefined || value === undefined ? [] : [[name, value]];
  });
  const flags = argumentsOf({
    target: choice,
    nodes: nodes?.join(','),
    store,
    nodeCount: nodeCount?.toString(),
    ...Object.fromEntries(settings),
  });
  return `${surreal === undefined ? '' : `SURREAL_BIN=${surreal} `}npm run load -- ${scenario} ${flags}`;
}

/**
 * The environment of one side: `SURREAL_USER_B` stands for `SURREAL_USER` where B is another cluster with other
 * credentials, and so on; `surreal=` of its target for SURREAL_BIN.
 */
export function armEnvironment(
  arm: ArmName,
  { surreal }: ArmRequest,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const own: NodeJS.ProcessEnv = {};
  for (const name of [...USER_VARIABLES, 'SURREAL_BIN']) {
    const value = env[`${name}_${arm.toUpperCase()}`];
    if (value !== undefined) own[name] = value;
  }
  return { ...env, ...own, ...(surreal === undefined ? {} : { SURREAL_BIN: surreal }) };
}
