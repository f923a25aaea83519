// Proof that the consistency checkers bite: behind servers that misbehave once in a thousand operations, the right checker finds
// it and calls it by its name. Behind the same servers without the fault, each scenario passes: consistency.test.ts.
// Exclusive use of the machine: faults strike once in a thousand operations, of which there must be enough.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkHistory } from '../../lib/node/load/checks.ts';
import { FAULTS, type FaultName } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { BROKEN_INVARIANT, recordRun } from '../support/recorded-run.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

/** Two or three strikes at one in a thousand. */
const BUSY = { LOAD_PROFILE: 'round', LOAD_RATE: '500', LOAD_SEED: '7' };
const QUIET = { LOAD_PROFILE: 'round', LOAD_VUS: '6', LOAD_DURATION: '2s' };
/** Where many operations overlap, one that is lost is easily explained away. */
const FEW_USERS = { LOAD_RATE: '', LOAD_VUS: '6' };
const eventual = (window: string) => ({ LOAD_MODE: 'eventual', LOAD_WINDOW: window });

interface Case {
  readonly scenario: string;
  readonly fault: FaultName;
  /** Kinds of which the scenario's checker must find at least one; empty where the run must pass. */
  readonly finds: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodes?: number;
}

const CASES: readonly Case[] = [
  { scenario: 'set', fault: 'lose-acknowledged', finds: ['lost'] },
  { scenario: 'counter', fault: 'lose-acknowledged', finds: ['lost update'] },
  { scenario: 'bank', fault: 'lose-acknowledged', finds: ['lost'] },
  { scenario: 'unique', fault: 'lose-acknowledged', finds: ['lost', 'duplicate'] },
  { scenario: 'append', fault: 'lose-acknowledged', finds: ['lost'] },
  { scenario: 'read-after-write', fault: 'lose-acknowledged', finds: ['stale read'] },
  { scenario: 'register', fault: 'lose-acknowledged', finds: ['not linearizable'], env: FEW_USERS },
  { scenario: 'set', fault: 'apply-twice', finds: ['duplicate'] },
  { scenario: 'counter', fault: 'apply-twice', finds: ['duplicate'] },
  { scenario: 'bank', fault: 'apply-twice', finds: ['duplicate'] },
  { scenario: 'append', fault: 'apply-twice', finds: ['duplicate'] },
  { scenario: 'read-after-write', fault: 'stale-read', finds: ['stale read'], nodes: 1 },
  { scenario: 'register', fault: 'stale-read', finds: ['not linearizable'] },
  { scenario: 'counter', fault: 'stale-read', finds: ['stale read'] },
  { scenario: 'set', fault: 'stale-read', finds: ['stale', 'lost'] },
  { scenario: 'session', fault: 'stale-read', finds: ['stale read', 'non-monotonic read', 'read your writes'] },
  { scenario: 'session', fault: 'back-in-time', finds: ['non-monotonic read'], nodes: 1 },
  { scenario: 'set', fault: 'expose-uncommitted', finds: ['dirty read'] },
  { scenario: 'append', fault: 'expose-uncommitted', finds: ['G1a'] },
  { scenario: 'bank', fault: 'expose-debit', finds: ['wrong total'] },
  { scenario: 'bank', fault: 'half-transfer', finds: ['wrong total'] },
  { scenario: 'append', fault: 'half-transaction', finds: ['lost'] },
  { scenario: 'append', fault: 'split-transaction', finds: ['G0', 'G1c', 'G-single'], env: FEW_USERS },
  { scenario: 'append', fault: 'expose-intermediate', finds: ['G1b'] },
  { scenario: 'append', fault: 'read-each-other', finds: ['G1c'], env: FEW_USERS },
  { scenario: 'append', fault: 'long-fork', finds: ['G-nonadjacent'], env: FEW_USERS },
  { scenario: 'bank', fault: 'allow-overdraft', finds: ['negative balance'] },
  { scenario: 'bank', fault: 'refuse-but-book', finds: ['refused but booked'] },
  { scenario: 'bank', fault: 'misbook', finds: ['corrupted'] },
  { scenario: 'bank', fault: 'phantom-account', finds: ['unexpected account'] },
  { scenario: 'session', fault: 'roll-back', finds: ['commit order', 'writes follow reads', 'non-monotonic write'] },
  { scenario: 'set', fault: 'wrong-value', finds: ['unexpected'] },
  { scenario: 'register', fault: 'two-cas-win', finds: ['not linearizable'] },
  { scenario: 'unique', fault: 'duplicate-key', finds: ['duplicate'] },
  { scenario: 'read-after-write', fault: 'late-on-one-node', finds: ['stale read'] },
  {
    scenario: 'read-after-write',
    fault: 'late-on-one-node',
    finds: ['not converged'],
    env: eventual('100ms'),
  },
  { scenario: 'read-after-write', fault: 'late-on-one-node', finds: [], env: { ...eventual('2s') } },
  { scenario: 'changefeed', fault: 'feed-skip', finds: ['skipped'] },
  { scenario: 'changefeed', fault: 'feed-lose', finds: ['lost'] },
  { scenario: 'changefeed', fault: 'feed-twice', finds: ['duplicate'] },
  { scenario: 'changefeed', fault: 'feed-swap', finds: ['out of order'] },
  { scenario: 'changefeed', fault: 'feed-tear', finds: ['torn'] },
  { scenario: 'changefeed', fault: 'feed-leak', finds: ['dirty'] },
  { scenario: 'changefeed', fault: 'feed-invent', finds: ['phantom'] },
  { scenario: 'changefeed', fault: 'feed-diverge', finds: ['diverged'] },
];

/** The only scenario that is tested, for those who add one. */
const ONLY = process.env.ONLY_SCENARIO;

/** A machine that is short of CPU sends too few operations for the fault to strike, or to be seen: try again for longer. */
const DURATIONS = ['3s', '6s', '12s', '24s'];

/** Runs the scenario against nodes that share the fault. */
async function runBehind({ scenario, fault, finds, env, nodes = 3 }: Case, duration: string) {
  await using server = await startServers();
  const misbehaviour = FAULTS[fault](finds.length === 0 ? 100 : 1000);
  const liars = await Promise.all(
    Array.from({ length: nodes }, () => startFaultyServer(server.nodes[0]?.url ?? '', misbehaviour)),
  );
  const urls = liars.map(({ url }) => url).join(',');
  const load = finds.length === 0 ? QUIET : { ...BUSY, LOAD_DURATION: duration };
  const given = { ...load, ...env, ...credentialsOf(server), SURREAL_NODES: urls };
  const { code, output, history } = await recordRun(scenario, given);
  await Promise.all(liars.map((liar) => liar.close()));
  return { code, output, anomalies: checkHistory(history).flatMap((verdict) => verdict.anomalies) };
}

describe('consistency scenarios behind faulty servers', { concurrency: 2, skip: NO_SURREAL }, () => {
  for (const each of CASES.filter(({ scenario }) => (ONLY ?? scenario) === scenario)) {
    const { scenario, fault, finds, env = {} } = each;
    const mode = 'LOAD_MODE' in env ? `, eventual within ${env.LOAD_WINDOW}` : '';
    if (finds.length === 0)
      test(`${scenario}${mode} behind "${fault}": passes`, async () => {
        const { output, anomalies } = await runBehind(each, '2s');
        assert.deepEqual(anomalies, []);
        assert.doesNotMatch(output, BROKEN_INVARIANT);
      });
    else
      test(`${scenario}${mode} behind "${fault}": ${finds.join(' or ')}`, async (context) => {
        for (const duration of DURATIONS) {
          const { code, output, anomalies } = await runBehind(each, duration);
          for (const { kind, count, first } of anomalies) context.diagnostic(`${kind} × ${count}: ${first.message}`);
          context.diagnostic(
            `k6 alone: exit code ${code}, ${output.match(/✗ +SC-003 .*/g)?.join('; ') ?? 'sees nothing'}`,
          );
          if (anomalies.some(({ kind }) => finds.includes(kind))) return;
        }
        assert.fail(`Not found in runs of ${DURATIONS.join(', ')}.`);
      });
  }
});
