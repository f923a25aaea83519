import { type Protocol, type ProtocolChoice, protocolsOf } from '../protocols/protocols.ts';
import { SettingsError } from '../settings/settings.ts';
import { type AnyDefinition, isComposed, type ScenarioDefinition, takesProtocol } from './definition.ts';

/**
 * The protocols of a scenario that runs alone.
 * @throws SettingsError if the scenario cannot be sent by the protocol that was asked for
 */
export function scenarioProtocols(definition: ScenarioDefinition, choice: ProtocolChoice): readonly Protocol[] {
  if (!takesProtocol(definition)) return definition.protocols;
  const { name, protocols } = definition;
  const asked = commonProtocols(definition, choice);
  if (asked.length === 0)
    throw new SettingsError(
      `Scenario ${name} cannot be sent by ${choice}: it consists of transactions and conditional writes, which REST and GraphQL cannot express. Use --protocol ${protocols.join(' or ')}.`,
    );
  return asked;
}

/** The protocols of a part of a composed load: those of the ones asked for that it can be sent by, or else its own first one. */
export function partProtocols(definition: ScenarioDefinition, choice: ProtocolChoice): readonly Protocol[] {
  const common = commonProtocols(definition, choice);
  return common.length > 0 ? common : definition.protocols.slice(0, 1);
}

/** Those of the protocols asked for that a scenario can be sent by. */
const commonProtocols = ({ protocols }: ScenarioDefinition, choice: ProtocolChoice): readonly Protocol[] =>
  protocolsOf(choice).filter((protocol) => protocols.includes(protocol));

/** @throws SettingsError as `scenarioProtocols`; parts of a composed scenario fall back to protocols of their own */
export function checkProtocol(definition: AnyDefinition, choice: ProtocolChoice): void {
  if (!isComposed(definition)) scenarioProtocols(definition, choice);
}
