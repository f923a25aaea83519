// What must outlive the processes that wrote it: records by their ids, entries of a unique index, and balances.
import { DURABILITY } from '../lib/core/scenario/scenario-names.ts';
import { together } from '../lib/k6/test/k6-test.ts';
import { run as bank } from './bank.ts';
import { run as unique } from './unique.ts';
import { run as writes } from './writes.ts';

export const { options, setup, iterate, verify, teardown, handleSummary } = together(DURABILITY, [
  writes,
  unique,
  bank,
]);
