import { type Fault, type Who, whoText } from '../../core/faults/fault-grammar.ts';
import { effectOf } from '../../core/faults/fault-kinds.ts';
import { portSetting } from '../cluster/compose-cli.ts';

/**
 * Why a fault cannot be done if Docker chooses published ports: it chooses others at each start, so that the load would ask
 * a restarted server at a port that it no longer has.
 * @param moving servers whose published port Docker chooses
 * @returns undefined if the fault restarts none of them
 */
export function whyPortsMove(fault: Fault, moving: readonly string[]): string | undefined {
  const concerned = effectOf(fault).restarts ? moving.filter((server) => mayTarget(fault.who, server)) : [];
  if (concerned.length === 0) return undefined;
  const settings = concerned.map(portSetting);
  return `Docker chooses another published port for ${concerned.join(', ')} at each start (port 0), so that nobody would find ${concerned.length === 1 ? 'it' : 'them'} after a restart. Give ${settings.length === 1 ? 'a fixed port' : 'fixed ports'} in .env (${settings.join(', ')}; see .env.example), then npm run cluster -- down and up.`;
}

/** `leader` and `random` may be any of the tier. */
function mayTarget(who: Who, server: string): boolean {
  if (who === 'all') return true;
  if (who === 'regions' || 'command' in who) return false;
  return typeof who.which === 'number' ? whoText(who) === server : server.startsWith(`${who.tier}-`);
}
