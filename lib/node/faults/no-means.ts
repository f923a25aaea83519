import { Failure } from '../errors.ts';
import type { FaultMeans } from './fault-driver.ts';

/** Of a target whose servers are not ours to touch. @param reason as the refusal has it */
export function noMeans(servers: readonly string[], reason: string): FaultMeans {
  const refuse = async (): Promise<never> => {
    throw new Failure(reason);
  };
  return {
    servers,
    refusal: () => reason,
    leader: refuse,
    take: refuse,
    disturb: refuse,
    untilReady: refuse,
  };
}
