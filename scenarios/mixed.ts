// Several scenarios in one run, each with its share of the iterations, its own database, operations, limits and checkers.
import { composeScenario } from '../lib/k6/test/scenario.ts';

export const run = composeScenario({ name: 'mixed', composed: true, settings: ['mix'] });
