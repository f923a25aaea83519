import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ACCESS_SETTINGS } from '../../core/access/node-user.ts';
import type { ProfileName } from '../../core/load/profiles.ts';
import { scenariosOf } from '../../core/scenario/composition.ts';
import { flagOf, SETTINGS, type Setting, type SettingNaming } from '../../core/settings/settings.ts';
import { parseLimits } from '../../core/verdict/limits.ts';
import { SCENARIOS } from '../catalog/catalog.ts';
import { UsageError } from './errors.ts';

/** Commander's options: the text of a flag that takes a value, the texts of one that is repeatable. */
export type Flags = Readonly<Record<string, string | true | string[] | undefined>>;

/** Adds the flag of every setting that has one. @param except settings that the command does not take */
export function addSettingFlags(command: Command, except: readonly string[] = []): void {
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    const { flag, meaning, values, fallback } = setting;
    if (flag === undefined || except.includes(name)) continue;
    const scenarios = scenariosOf(setting, SCENARIOS);
    const scope = scenarios === undefined ? '' : `; applies only to ${scenarios.join(', ')}`;
    command.option(flag, `${meaning} (${values}${scope})${fallback === undefined ? '' : ` [${fallback}]`}`);
  }
}

/** Adds the flags that say who signs in to external nodes, and where a run may work there. */
export function addAccessFlags(command: Command): void {
  const others = Object.keys(SETTINGS).filter((name) => !ACCESS_SETTINGS.some((it) => it === name));
  addSettingFlags(command, others);
}

/** LOAD_ variables that are set, overridden by flags; and a random seed. @param profile default, instead of `smoke` */
export function environmentOf(flags: Flags, profile?: ProfileName): Record<string, string> {
  const env: Record<string, string> = { [SETTINGS.seed.env]: String(randomInt(2 ** 32)) };
  if (profile !== undefined) env[SETTINGS.profile.env] = profile;
  for (const [name, value] of Object.entries(process.env))
    if (name.startsWith('LOAD_') && value !== undefined) env[name] = value;
  for (const [name, { env: variable }] of Object.entries(SETTINGS)) {
    const value = flags[name];
    if (value !== undefined) env[variable] = String(value);
  }
  return env;
}

/** Names a setting by the flag that was typed, or by the variable that is set; by the flag if neither is. */
export const namingBy =
  (flags: Flags, environment: NodeJS.ProcessEnv = process.env): SettingNaming =>
  (name) => {
    const { env } = SETTINGS[name];
    const flag = flagOf(SETTINGS[name]);
    const isVariable = flags[name] === undefined && environment[env] !== undefined;
    return isVariable || flag === undefined ? env : flag;
  };

/** Flags as they are typed; for the command that repeats a run. */
export function argumentsOf(flags: Flags): string {
  const given = Object.entries(flags).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined) return [];
    if (Array.isArray(value)) return value.flatMap((each) => [flag, each]);
    return value === true ? [flag] : [flag, value];
  });
  return given.map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : `'${part}'`)).join(' ');
}

/** The text of a file that a flag names. @throws UsageError */
export const readGiven = (flag: string, path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error) => {
    throw new UsageError(`${flag}: ${path} cannot be read: ${error.code}.`);
  });

/** The content of a file that a flag names. @throws UsageError */
export async function readGivenJson(flag: string, path: string): Promise<unknown> {
  const text = await readGiven(flag, path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${flag}: ${path} is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
}

/**
 * Checks the files that settings name, before anything starts.
 * @returns the settings with absolute paths: k6 takes relative ones from the bundle's folder
 * @throws UsageError, LimitsError
 */
export async function withFiles(env: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const { thresholds, schema } = SETTINGS;
  const files: Record<string, string> = {};
  const limits = env[thresholds.env];
  if (limits !== undefined) {
    parseLimits(limits, await readGivenJson('--thresholds', limits));
    files[thresholds.env] = resolve(limits);
  }
  const tables = env[schema.env];
  if (tables !== undefined) {
    await readGiven('--schema', tables);
    files[schema.env] = resolve(tables);
  }
  return { ...env, ...files };
}

export const textsOf = (value: Flags[string]): string[] => (Array.isArray(value) ? value : []);
export const textOf = (value: Flags[string]): string | undefined => (typeof value === 'string' ? value : undefined);

/** @throws UsageError if the value is not a whole number in the range */
export function numberOf(flag: string, value: Flags[string], least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new UsageError(`${flag} must be a whole number from ${least} to ${most} (got "${value}").`);
}
