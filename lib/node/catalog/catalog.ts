import { applies, checkApplies, compositionOf } from '../../core/scenario/composition.ts';
import { type AnyDefinition, isComposed, type ScenarioDefinition } from '../../core/scenario/definition.ts';
import { checkProtocol } from '../../core/scenario/scenario-protocols.ts';
import {
  type Mix,
  parseSettings,
  type Setting,
  type SettingNaming,
  type Settings,
} from '../../core/settings/settings.ts';
import { UsageError } from '../errors.ts';
import { readDefinitions } from './bundling.mjs';

/** Definitions of the scenarios in scenarios/, in the order of their names. */
export const SCENARIOS: readonly AnyDefinition[] = await readDefinitions();

export const SCENARIO_NAMES: readonly string[] = SCENARIOS.map(({ name }) => name);

/** Those that are not composed of others. */
export const SIMPLE_SCENARIOS: readonly ScenarioDefinition[] = SCENARIOS.filter(
  (it): it is ScenarioDefinition => !isComposed(it),
);

/** @throws UsageError naming the scenarios that there are */
export function scenarioNamed(name: string): AnyDefinition {
  const definition = SCENARIOS.find((it) => it.name === name);
  if (definition !== undefined) return definition;
  throw new UsageError(`There is no scenario "${name}". Use one of ${SCENARIO_NAMES.join(', ')}.`);
}

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
  const definition = SCENARIOS.find((it) => it.name === scenario);
  if (definition === undefined) return true;
  // Parts that have gone since do not matter.
  const known = Object.entries(mix).filter(([part]) => SIMPLE_SCENARIOS.some((it) => it.name === part));
  return applies(setting, compositionOf(definition, Object.fromEntries(known), SCENARIOS));
}
