import { randomBytes } from 'node:crypto';
import { definitionsIn } from '../../core/access/definitions.ts';
import { creationOf, looksForGiven, noteStatement, placeOf } from '../../core/access/run-place.ts';
import { Failure } from '../cli/errors.ts';
import { removeOwn } from '../targets/http.ts';
import { type ClusterReport, type Inspected, inspectCluster } from './connectivity.ts';
import { demonstrate, type Party, type Step } from './demonstration.ts';
import { sql } from './sql.ts';

/** The demonstration between two nodes. */
export interface Pair {
  readonly from: string;
  readonly to: string;
  readonly steps: readonly Step[];
}

export interface CheckReport extends ClusterReport {
  readonly pairs: readonly Pair[];
}

/**
 * Looks at everything, then demonstrates on every ordered pair of nodes that they are one cluster. It writes to a
 * database or table of its own and removes it.
 */
export async function checkCluster(cluster: Inspected, onPair: (pair: Pair) => void): Promise<CheckReport> {
  const report = await inspectCluster(cluster);
  const run = `check_${Date.now().toString(36)}_${randomBytes(3).toString('hex')}`;
  const { credentials } = cluster;
  const place = placeOf(credentials, run, 'check');
  const table = `${run}_demonstration`;
  const parties = report.nodes.flatMap(({ name, url, token }): Party[] =>
    token === undefined ? [] : [{ name, url, token, ...place, table }],
  );
  const problems = [...report.problems];
  const pairs: Pair[] = [];
  const [first] = parties;
  if (first === undefined) return { ...report, pairs };
  try {
    // Here, so that nodes do not race to define what each of them needs.
    for (const { look, missing } of looksForGiven(credentials)) {
      const problem = missing(await sql(first, look));
      if (problem !== undefined) throw new Failure(problem);
    }
    const definition = `DEFINE TABLE ${table};`;
    const given = credentials.database !== undefined;
    await sql(first, given ? noteStatement(run, definitionsIn(definition)) : creationOf(credentials, place));
    await sql(first, definition);
    for (const a of parties)
      for (const b of parties.filter((other) => other !== a)) {
        const pair = { from: a.name, to: b.name, steps: await demonstrate(a, b) };
        pairs.push(pair);
        onPair(pair);
      }
  } catch (error) {
    problems.push(`The demonstration could not begin: ${error instanceof Error ? error.message : error}`);
  } finally {
    // On another store every node has its own.
    for (const { url } of parties) await removeOwn(url, credentials, { run, place }).catch(() => undefined);
  }
  return { ...report, pairs, problems: [...problems, ...pairProblems(pairs)] };
}

/** What the pairs that failed say, a sentence a pair. */
export function pairProblems(pairs: readonly Pair[]): string[] {
  return pairs.flatMap(({ from, to, steps }) => {
    const failed = steps.filter(({ problem }) => problem !== undefined);
    const [first] = failed;
    if (first === undefined) return [];
    const unseen = steps.some(({ operation, problem }) => operation === 'read' && problem?.startsWith('found []'));
    const unknown = failed.some(({ problem }) => problem?.includes('does not exist'));
    const hint = unseen || unknown ? ` ${to} does not see what ${from} wrote: they are not on one store.` : '';
    const where = `${first.operation} on ${first.node}`;
    return [
      `${from} → ${to}: ${failed.length} of ${steps.length} operations failed, first ${where}: ${first.problem}.${hint}`,
    ];
  });
}
