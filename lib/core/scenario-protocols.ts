import { PROTOCOLS, type Protocol, type ProtocolChoice, protocolsOf } from './protocols.ts';
import { SettingsError } from './settings.ts';

/** Scenarios of transactions and conditional writes, which `sql` alone can express. */
const SQL_ONLY = ['read-after-write', 'bank', 'register', 'counter', 'set', 'unique', 'session', 'append'];

/** Scenarios that are about one protocol. */
const OWN: Readonly<Partial<Record<string, Protocol>>> = { graphql: 'graphql', rest: 'rest' };

/**
 * The protocols of a run.
 * @throws SettingsError where the scenario cannot be told in the protocol that was asked for
 */
export function scenarioProtocols(scenario: string, choice: ProtocolChoice): readonly Protocol[] {
  const own = OWN[scenario];
  if (own !== undefined) return [own];
  const spoken: readonly Protocol[] = SQL_ONLY.includes(scenario) ? ['sql'] : PROTOCOLS;
  const asked = protocolsOf(choice);
  if (asked.some((protocol) => !spoken.includes(protocol)))
    throw new SettingsError(
      `Scenario ${scenario} cannot be sent by ${choice}: it consists of transactions and conditional writes, which REST and GraphQL cannot express. Use --protocol ${spoken.join(' or ')}.`,
    );
  return asked;
}
