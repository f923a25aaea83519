import type { ScenarioDefinition } from '../scenario/definition.ts';

/** What a workload file is as a scenario. */
export const workloadDefinition = (name: string): ScenarioDefinition => ({
  name,
  protocols: ['sql'],
  checkers: ['answers', 'invariants', 'created'],
  settings: ['records'],
});
