import { randomStream } from '../../core/random/random.ts';
import { castOf, drawer } from '../../core/workload-file/values.ts';
import type { Workload } from '../../core/workload-file/workload.ts';
import type { Route } from '../session/route.ts';
import { settings } from '../setup/environment.ts';
import { seedRecords } from '../setup/seeding.ts';

/** Inserts the records of a workload's tables, `table:s0` and so on, in bulk over all nodes. */
export function seedTables(route: Route, { seed, people }: Workload, countOf: (table: string) => number): void {
  for (const [at, { table, record }] of seed.entries()) {
    const context = {
      user: 0,
      users: () => 1,
      random: randomStream(settings.seed + at),
      seeded: countOf,
      created: new Map(),
      kept: new Map(),
      now: () => new Date().toISOString(),
      people,
    };
    const fields = Object.entries(record).map(([field, source]) => [field, drawer(source, context)] as const);
    const links = Object.keys(record).filter((field) => castOf(record[field] ?? '') === 'record');
    const shape = { name: table, fields: Object.keys(record), links };
    seedRecords(route, shape, countOf(table), (number) => ({
      id: `s${number}`,
      content: Object.fromEntries(fields.map(([field, draw]) => [field, draw().value])),
    }));
  }
}
