import { Counter, Trend } from 'k6/metrics';

/** Whole operations, retries included; tags: protocol, node, operation, outcome. */
export const operations = new Counter('operations');
/** From the invocation to the last answer, retries and their back-off included; milliseconds, tags as `operations`. */
export const operationDuration = new Trend('operation_duration', true);
/** Attempts that the server refused because of a concurrent transaction. */
export const conflicts = new Counter('conflicts');
