import { type Fault, whoText } from '../../core/faults/fault-grammar.ts';
import { actionOf, FAULT_KINDS, TIERS } from '../../core/faults/fault-kinds.ts';
import type { FaultAction, FaultActions } from './fault-driver.ts';

/** A majority of fewer is all of them, or none. */
const LEAST_GROUP = 3;

/** Why a fault cannot be done, in a sentence; undefined if it can. */
export function refusalOf(fault: Fault, available: FaultActions): string | undefined {
  const { kind, who } = fault;
  const { unavailable, wholeTier } = FAULT_KINDS[kind];
  if (unavailable !== undefined) return unavailable;
  const action = available.actions[actionOf(fault)];
  if (action === undefined || !worksOn(action, fault)) return available.otherwise;
  const reason = action.refusal?.(fault);
  if (reason !== undefined || who === 'all' || who === 'regions' || 'command' in who) return reason;
  const all = available.servers.filter((name) => name.startsWith(`${who.tier}-`));
  if (all.length === 0 || (typeof who.which === 'number' && !all.includes(whoText(who))))
    return `there is no ${whoText(who)}. Servers are: ${available.servers.join(', ')}.`;
  if (wholeTier?.servers === 'majority' && all.length < LEAST_GROUP)
    return `${all.length} of ${who.tier} cannot lose a majority: it takes the three of compose.yml.`;
  return undefined;
}

function worksOn({ tiers }: FaultAction, { who }: Fault): boolean {
  if (who === 'all') return TIERS.every((tier) => tiers.includes(tier));
  return who === 'regions' || 'command' in who || tiers.includes(who.tier);
}
