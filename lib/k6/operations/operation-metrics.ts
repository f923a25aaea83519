import { Counter, Trend } from 'k6/metrics';

/** Operations that did not end `ok`; tags: protocol, node, operation, outcome. */
export const operationErrors = new Counter('operation_errors');
/**
 * Each operation, from its invocation to the last answer, retries and their back-off included; milliseconds; tags:
 * protocol, node, operation.
 */
export const operationDuration = new Trend('operation_duration', true);
/** Attempts that the server refused because of a concurrent transaction. */
export const conflicts = new Counter('conflicts');
/** Operations that were refused as they should be: insufficient funds, a compare-and-set that met another value. */
export const refusals = new Counter('refusals');
/** Characters of answers, where protocols are compared; tags: protocol, node, operation. */
export const responseBytes = new Counter('response_bytes');
