import { existsSync, readdirSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Protocol } from '../../core/protocols/protocols.ts';
import { applies, checkApplies, compositionOf } from '../../core/scenario/composition.ts';
import { type AnyDefinition, isComposed, type ScenarioDefinition } from '../../core/scenario/definition.ts';
import { checkProtocol, partProtocols } from '../../core/scenario/scenario-protocols.ts';
import {
  type Mix,
  parseSettings,
  type Setting,
  type SettingNaming,
  type Settings,
} from '../../core/settings/settings.ts';
import { UsageError } from '../cli/errors.ts';
import { BUNDLES_FOLDER, PROJECT_ROOT } from '../system/paths.ts';
import { bundleScenario, readScenarios, type ScenarioSource } from './bundle.ts';

const FOLDER = join(PROJECT_ROOT, 'scenarios');
const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.ts')).toSorted();

/** The scenarios in scenarios/ in the order of their names, and those that `openScenario` has added. */
const sources: ScenarioSource[] = await readScenarios(files.map((file) => join(FOLDER, file)));

/** Definitions of the scenarios in scenarios/, in the order of their names. */
export const SCENARIOS: readonly AnyDefinition[] = sources.map(({ definition }) => definition);

export const SCENARIO_NAMES: readonly string[] = SCENARIOS.map(({ name }) => name);

/** Those that are not composed of others. */
export const SIMPLE_SCENARIOS: readonly ScenarioDefinition[] = SCENARIOS.filter(
  (it): it is ScenarioDefinition => !isComposed(it),
);

/** Whether what was typed is the path of a scenario or workload file, or of a folder with a workload, and not a name. */
export const isPath = (nameOrPath: string): boolean => /[./\\]/.test(nameOrPath);

/** The workload file in a folder, or the file itself. @throws UsageError if the folder has none or several */
function fileAt(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  const found = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
  const [only] = found;
  if (only !== undefined && found.length === 1) return join(path, only);
  throw new UsageError(
    `${path} has ${found.length === 0 ? 'no workload file' : `several: ${found.join(', ')}`}. Name a file.`,
  );
}

/**
 * Finds a scenario by its name, or by the path of its file, wherever that is; its name is known from then on.
 * @throws UsageError naming the scenarios that there are, or file, line and cause of a file that is not one
 */
export async function openScenario(nameOrPath: string): Promise<AnyDefinition> {
  if (!isPath(nameOrPath)) return scenarioNamed(nameOrPath);
  const file = fileAt(resolve(nameOrPath));
  if (!existsSync(file)) throw new UsageError(`There is no file ${nameOrPath}.`);
  const [source] = await readScenarios([file]);
  if (source === undefined) throw new UsageError(`${nameOrPath} exports no scenario.`);
  sources.unshift(source);
  return source.definition;
}

/** @throws UsageError naming the scenarios that there are */
export const scenarioNamed = (name: string): AnyDefinition => sourceNamed(name).definition;

function sourceNamed(name: string): ScenarioSource {
  const source = sources.find(({ definition }) => definition.name === name);
  if (source !== undefined) return source;
  throw new UsageError(`There is no scenario "${name}". Use one of ${SCENARIO_NAMES.join(', ')}.`);
}

/**
 * Bundles a scenario for k6 into a folder.
 * @param awaits `awaitsAnswers`
 * @returns the bundle's path and size in bytes
 */
export const bundle = (name: string, awaits: boolean, folder = BUNDLES_FOLDER) =>
  bundleScenario(sourceNamed(name), sources, folder, awaits);

/** The protocols that a run speaks. */
export const protocolsOfRun = (name: string, { protocol, mix }: Pick<Settings, 'protocol' | 'mix'>): Set<Protocol> => {
  const { parts } = compositionOf(scenarioNamed(name), mix, SCENARIOS);
  return new Set(parts.flatMap(({ definition }) => partProtocols(definition, protocol)));
};

/** Whether operations of a run await their answers, so that it takes the bundle which does. */
export const awaitsAnswers = (name: string, settings: Pick<Settings, 'protocol' | 'mix'>): boolean =>
  protocolsOfRun(name, settings).has('rpc');

/** Whether a scenario or a part of it can await its answers. */
export const canAwaitAnswers = (name: string): boolean => {
  const definition = scenarioNamed(name);
  return isComposed(definition) || definition.protocols.includes('rpc');
};

/**
 * Settings of a run of a scenario, checked against what applies to it.
 * @throws UsageError, SettingsError
 */
export function scenarioSettings(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  nameOf?: SettingNaming,
): Settings {
  const definition = scenarioNamed(name);
  const settings = parseSettings(env, nameOf);
  checkApplies(compositionOf(definition, settings.mix, SCENARIOS, nameOf), env, SCENARIOS, nameOf);
  checkProtocol(definition, settings.protocol);
  return settings;
}

/**
 * Whether a setting applies to a recorded run; settings of scenarios that are not in scenarios/ are taken to.
 * @param mix the setting, as it was recorded
 */
export function applied(setting: Setting, scenario: string, mix: Mix): boolean {
  const definition = sources.find((it) => it.definition.name === scenario)?.definition;
  if (definition === undefined) return true;
  // Parts that have gone since do not matter.
  const known = Object.entries(mix).filter(([part]) => SIMPLE_SCENARIOS.some((it) => it.name === part));
  return applies(setting, compositionOf(definition, Object.fromEntries(known), SCENARIOS));
}
