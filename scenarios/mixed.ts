// Several scenarios in one run, each with its share of the arrivals, its own database, operations, limits and checkers.
import { MIXED } from '../lib/core/scenario/scenario-names.ts';
import { together } from '../lib/k6/test/k6-test.ts';
import { run as append } from './append.ts';
import { run as bank } from './bank.ts';
import { run as blog } from './blog.ts';
import { run as counter } from './counter.ts';
import { run as crud } from './crud.ts';
import { run as graphql } from './graphql.ts';
import { run as readAfterWrite } from './read-after-write.ts';
import { run as register } from './register.ts';
import { run as rest } from './rest.ts';
import { run as session } from './session.ts';
import { run as set } from './set.ts';
import { run as unique } from './unique.ts';
import { run as writes } from './writes.ts';
import { run as ycsb } from './ycsb.ts';

export const { options, setup, iterate, verify, teardown, handleSummary } = together(MIXED, [
  append,
  bank,
  blog,
  counter,
  crud,
  graphql,
  readAfterWrite,
  register,
  rest,
  session,
  set,
  unique,
  writes,
  ycsb,
]);
