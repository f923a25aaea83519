// Proof that workloads look at their answers: behind a server that misbehaves now and then, the same run fails and says where.
// Exclusive use of the machine: its two loads at once take both cores.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FAULTS, type FaultName } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { assertNothingWrong } from '../support/answers.ts';
import { load } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

/** Few users, each of which comes far: in the closed model also where the machine is busy. */
const FEW_USERS = ['--vus', '4', '--duration', '3s', '--seed', '7'];
/** Without the limits of other profiles: what an answer must be is all that these look for. */
const BRIEFLY = ['--profile', 'round', ...FEW_USERS];
const POST = 'post:v\\d{4}n\\d{7}';

const CASES: [scenario: string, protocol: string, fault: FaultName, says: RegExp][] = [
  ['crud', 'sql', 'forget-update', /^ {2}wrong record \(.*: (post|user):v\d{4}n\d{7} on .* by sql: after replace/m],
  ['crud', 'rest', 'forget-update', /^ {2}wrong record \(.*: (post|user):v\d{4}n\d{7} on .* by rest: after replace/m],
  [
    'crud',
    'graphql',
    'forget-update',
    new RegExp(`^  wrong record \\(.*: (${POST}|user:.*) on .* by graphql: after replace`, 'm'),
  ],
  ['crud', 'sql', 'wrong-record', /^ {2}wrong record \(.*: (post|user):v\d{4}n\d{7} on .* another record came/m],
  ['ycsb', 'sql', 'wrong-record', /^ {2}wrong record \(.*: usertable:user\w+ on .* another record came/m],
  ['graphql', 'graphql', 'wrong-record', /^ {2}wrong record \(.*: post:\w+ on .* by graphql: /m],
  ['rest', 'rest', 'forget-update', /^ {2}wrong record \(.*: post:r\w+ on .* by rest: after replace/m],
  ['blog', 'sql', 'leak-draft', /^ {2}leaked draft \(.*: post:\w+ on .*: user:a\d+ was shown it by /m],
  ['blog', 'sql', 'leak-draft-to-guest', /^ {2}leaked draft \(.*: post:\w+ on .* by sql: a guest was shown it by /m],
  [
    'blog',
    'rest',
    'leak-draft-to-guest',
    /^ {2}leaked draft \(.*: post:\w+ on .* by (rest|sql): a guest was shown it by /m,
  ],
  [
    'blog',
    'rest',
    'allow-foreign-edit',
    /^ {2}foreign edit \(.*: post:p\d+ on .* by rest: user:a\d+ replaced it by \{"title":"taken over"/m,
  ],
];

/** These two are of one protocol. */
const protocolOf = (scenario: string, protocol: string): string[] =>
  scenario === 'graphql' || scenario === 'rest' ? [] : ['--protocol', protocol];

/** Two at once: what they look for does not depend on speed. */
describe('workloads behind faulty servers', { concurrency: 2, skip: NO_SURREAL }, () => {
  for (const [scenario, protocol, fault, says] of CASES)
    test(`${scenario} by ${protocol} behind a server with the fault "${fault}" ends with 99 and names the record`, async () => {
      await using server = await startServers();
      const liar = await startFaultyServer(
        server.nodes[0]?.url ?? '',
        FAULTS[fault](fault === 'allow-foreign-edit' || fault === 'leak-draft-to-guest' ? 2 : 10),
      );
      const args = [scenario, '--nodes', liar.url, ...protocolOf(scenario, protocol), ...BRIEFLY];
      const { code, stdout, stderr } = await load(args, credentialsOf(server));
      await liar.close();
      assert.equal(code, 99, stdout + stderr);
      assert.match(stdout, says);
    });

  for (const scenario of ['crud', 'ycsb', 'blog', 'graphql', 'rest'])
    test(`${scenario} behind the same server without a fault finds nothing wrong`, async () => {
      await using server = await startServers();
      const honest = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS.none());
      const result = await load(
        [scenario, '--nodes', honest.url, ...protocolOf(scenario, 'all'), ...FEW_USERS],
        credentialsOf(server),
      );
      await honest.close();
      const { phases } = await assertNothingWrong(result);
      for (const [operation, { outcomes }] of Object.entries(phases[0]?.byOperation ?? {}))
        assert.ok(outcomes.ok > 0 || operation.startsWith('sign-'), `${operation} was sent`);
    });
});
