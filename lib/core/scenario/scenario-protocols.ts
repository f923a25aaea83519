import { PROTOCOLS, type Protocol, type ProtocolChoice, protocolsOf } from '../protocols/protocols.ts';
import { SettingsError } from '../settings/settings.ts';
import { COMPOSED_NAMES } from './scenario-names.ts';

/** Scenarios of transactions and conditional writes, which `sql` alone can express. */
const SQL_ONLY = ['read-after-write', 'bank', 'register', 'counter', 'set', 'unique', 'session', 'append'];

/** Scenarios that are about one protocol. */
const OWN: Readonly<Partial<Record<string, Protocol>>> = { graphql: 'graphql', rest: 'rest' };

const spokenBy = (scenario: string): readonly Protocol[] => {
  const own = OWN[scenario];
  if (own !== undefined) return [own];
  return SQL_ONLY.includes(scenario) ? ['sql'] : PROTOCOLS;
};

/**
 * The protocols of a scenario that runs alone.
 * @throws SettingsError where the scenario cannot be told in the protocol that was asked for
 */
export function scenarioProtocols(scenario: string, choice: ProtocolChoice): readonly Protocol[] {
  if (OWN[scenario] !== undefined || COMPOSED_NAMES.some((name) => name === scenario))
    return partProtocols(scenario, choice);
  const spoken = spokenBy(scenario);
  const asked = protocolsOf(choice);
  if (asked.some((protocol) => !spoken.includes(protocol)))
    throw new SettingsError(
      `Scenario ${scenario} cannot be sent by ${choice}: it consists of transactions and conditional writes, which REST and GraphQL cannot express. Use --protocol ${spoken.join(' or ')}.`,
    );
  return asked;
}

/** The protocols of a part of a mixed load: of those that were asked for the ones that it knows, or else its own. */
export function partProtocols(scenario: string, choice: ProtocolChoice): readonly Protocol[] {
  const spoken = spokenBy(scenario);
  const common = protocolsOf(choice).filter((protocol) => spoken.includes(protocol));
  return common.length > 0 ? common : spoken;
}
