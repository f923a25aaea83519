import {
  type Mix,
  SETTINGS,
  type Setting,
  type SettingName,
  type SettingNaming,
  SettingsError,
  variableOf,
} from '../settings/settings.ts';
import { type AnyDefinition, type ComposedDefinition, isComposed, type ScenarioDefinition } from './definition.ts';

/** A scenario with the parts that a run of it consists of: itself, or those of a composed one. */
export interface Composition {
  readonly definition: AnyDefinition;
  readonly parts: readonly Part[];
}

export interface Part {
  readonly definition: ScenarioDefinition;
  /** Iterations that it gets, in proportion to the other parts. */
  readonly share: number;
}

/**
 * @param mix the setting
 * @param known definitions of all scenarios at hand
 * @throws SettingsError if the mix names a scenario that is not among them
 */
export function compositionOf(
  definition: AnyDefinition,
  mix: Mix,
  known: readonly AnyDefinition[],
  nameOf: SettingNaming = variableOf,
): Composition {
  if (!isComposed(definition)) return { definition, parts: [{ definition, share: 1 }] };
  const simple = known.filter((it): it is ScenarioDefinition => !isComposed(it) && it.alone !== true);
  if (!isMix(definition)) {
    const parts = simple.map((it) => ({ definition: it, share: it.shares?.[definition.name] ?? 0 }));
    return { definition, parts: parts.filter(({ share }) => share > 0) };
  }
  const parts = Object.entries(mix).map(([name, share]) => {
    const part = simple.find((it) => it.name === name);
    if (part !== undefined) return { definition: part, share };
    const names = simple.map((it) => it.name).join(', ');
    throw new SettingsError(
      `${nameOf('mix')} names "${name}", which cannot be a part of ${definition.name}. Use some of ${names}.`,
    );
  });
  return { definition, parts };
}

/** Whether the user says what a composed scenario consists of. */
const isMix = ({ settings }: ComposedDefinition): boolean => settings?.includes('mix') === true;

/** Whether a setting applies to a scenario or to a part of it. */
export const applies = ({ appliesTo }: Setting, { definition, parts }: Composition): boolean =>
  appliesTo === undefined || [definition, ...parts.map((part) => part.definition)].some(appliesTo);

/** Names of the scenarios that a setting applies to; undefined if it applies to every one. */
export const scenariosOf = ({ appliesTo }: Setting, known: readonly AnyDefinition[]): string[] | undefined =>
  appliesTo && known.filter(appliesTo).map(({ name }) => name);

/**
 * Checks that every given setting applies to the scenario, and --expect to what it promises.
 * @param environment the given settings
 * @param known definitions of all scenarios at hand, to name those that a setting applies to
 * @throws SettingsError
 */
export function checkApplies(
  composition: Composition,
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly AnyDefinition[],
  nameOf: SettingNaming = variableOf,
): void {
  const names = new Set([composition.definition.name, ...composition.parts.map(({ definition }) => definition.name)]);
  const problems = Object.entries<Setting>(SETTINGS)
    .filter(([, { env }]) => environment[env] !== undefined && environment[env] !== '')
    .filter(([, setting]) => !applies(setting, composition))
    .map(([name, setting]) => {
      const others = scenariosOf(setting, known)?.filter((other) => !names.has(other)) ?? [];
      const only = others.length === 0 ? 'does not apply to' : `applies only to ${others.join(', ')}, not to`;
      return `${nameOf(name as SettingName)} ${only} ${[...names].join(', ')}.`;
    });
  for (const { name, expects } of composition.parts.map(({ definition }) => definition)) {
    const expected = environment[SETTINGS.expect.env];
    if (expected && expects?.values.includes(expected) === false)
      problems.push(
        `${nameOf('expect')} must be one of ${expects.values.join(', ')} for ${name} (got ${JSON.stringify(expected)}).`,
      );
  }
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
}
