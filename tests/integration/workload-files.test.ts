// Workload files of the user: the examples pass on a real server, and behind a server that leaves out a part of what it is
// asked, the right check finds it.
// Exclusive use of the machine: its two loads at once take both cores.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { checkHistory } from '../../lib/node/load/checks.ts';
import { closeParser } from '../../lib/node/workload-file/surrealql.ts';
import { FAULTS, type FaultName } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { BROKEN_INVARIANT, recordRun } from '../support/recorded-run.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

interface Case {
  readonly example: 'bank' | 'feed' | 'queue' | 'shop';
  readonly fault: FaultName;
  /** Sent by RPC, instead of HTTP. */
  readonly rpc?: true;
  /** What the finding says; absent if the run must pass. */
  readonly finds?: RegExp;
}

const CASES: readonly Case[] = [
  { example: 'bank', fault: 'none' },
  { example: 'bank', fault: 'half-transfer', finds: /the total stays the same/ },
  { example: 'bank', fault: 'apply-twice', finds: /no transfer is booked twice/ },
  { example: 'shop', fault: 'none' },
  { example: 'shop', fault: 'oversell', finds: /stock is never negative/ },
  { example: 'shop', fault: 'pay-twice', finds: /an order is paid at most once/ },
  { example: 'shop', fault: 'lose-acknowledged', finds: /is missing/ },
  { example: 'queue', fault: 'none', rpc: true },
  { example: 'queue', fault: 'hand-out-twice', rpc: true, finds: /no job is handed out twice/ },
  { example: 'queue', fault: 'lose-job', finds: /a job that is taken was handed out/ },
  { example: 'feed', fault: 'none' },
  { example: 'feed', fault: 'show-blocked', finds: /nobody sees a post of a person who blocked them/ },
];

/** A machine that is short of CPU sends too few operations for the fault to strike: try again for longer. */
const DURATIONS = ['3s', '8s', '16s'];

async function runBehind({ example, fault, rpc }: Case, duration: string) {
  await using server = await startServers();
  const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS[fault](20));
  const { code, output, history } = await recordRun(`examples/${example}/${example}.yaml`, {
    LOAD_RATE: '100',
    LOAD_PROFILE: 'round',
    LOAD_DURATION: duration,
    LOAD_SEED: '7',
    LOAD_PROTOCOL: rpc ? 'rpc' : 'sql',
    ...credentialsOf(server),
    SURREAL_NODES: liar.url,
  });
  await liar.close();
  const found = checkHistory(history).flatMap(({ anomalies }) => anomalies);
  return { code, output, messages: found.map(({ kind, first }) => `${kind}: ${first.message}`) };
}

// The parser's engine would keep this process.
after(closeParser);

describe('workload files', { concurrency: 2, skip: NO_SURREAL }, () => {
  for (const each of CASES) {
    const { example, fault, rpc, finds } = each;
    test(`${example}${rpc ? ' by RPC' : ''} behind "${fault}": ${finds === undefined ? 'passes' : finds.source}`, async () => {
      if (finds === undefined) {
        const { output, messages } = await runBehind(each, '2s');
        assert.deepEqual(messages, []);
        assert.doesNotMatch(output, BROKEN_INVARIANT);
        return;
      }
      let last: Awaited<ReturnType<typeof runBehind>> | undefined;
      for (const duration of DURATIONS) {
        last = await runBehind(each, duration);
        if (last.messages.some((message) => finds.test(message))) break;
      }
      assert.match(last?.messages.join('\n') ?? '', finds);
      assert.equal(last?.code, 99, 'a threshold of k6 broke too');
    });
  }
});
