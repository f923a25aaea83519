// What a scenario imports from 'surrealdb-load': the same pieces that the scenarios in scenarios/ are made of.
export { mapRequest, query, type Request, restRequest } from '../core/protocols/request.ts';
export { finalRead } from './operations/final-read.ts';
export { operation } from './operations/operation.ts';
export type { Route } from './session/route.ts';
export { settings } from './setup/environment.ts';
export { seedRecords } from './setup/seeding.ts';
export { now, userId } from './test/execution.ts';
export { defineScenario } from './test/scenario.ts';
