import { SURREALQL } from '../protocols/protocols.ts';
import type { ScenarioDefinition } from '../scenario/definition.ts';

/** What a workload file is as a scenario. */
export const workloadDefinition = (name: string): ScenarioDefinition => ({
  name,
  protocols: SURREALQL,
  checkers: ['answers', 'invariants', 'created'],
  settings: ['records'],
});
