import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkFaults,
  FaultError,
  parseFault,
  parseFaults,
  repeatFaults,
  type Who,
  whoText,
} from '../../../lib/core/faults/fault-grammar.ts';

const WHO: [text: string, who: Who][] = [
  ['kill:surreal-2@5s+3s', { tier: 'surreal', which: 2 }],
  ['stop:tikv-1@5s+3s', { tier: 'tikv', which: 1 }],
  ['pause:pd-leader@5s+3s', { tier: 'pd', which: 'leader' }],
  ['kill:leader@5s+3s', { tier: 'tikv', which: 'leader' }],
  ['kill:random@5s+3s', { tier: 'surreal', which: 'random' }],
  ['kill:tikv-random@5s+3s', { tier: 'tikv', which: 'random' }],
  ['partition:tikv-all@5s+3s', { tier: 'tikv', which: 'all' }],
  ['kill:all@5s+3s', 'all'],
  ['quorum-loss@5s+3s', { tier: 'tikv', which: 'all' }],
  ['quorum-loss:pd@5s+3s', { tier: 'pd', which: 'all' }],
  ['rolling-restart@5s+3s', { tier: 'surreal', which: 'all' }],
  ['rolling-restart:tikv@5s+3s', { tier: 'tikv', which: 'all' }],
  ['upgrade:surreal@5s+3s,to=/opt/surreal-next', { tier: 'surreal', which: 'all' }],
  ['leader-transfer@5s+3s', 'regions'],
  ['evict-leader:tikv-2@5s+3s', { tier: 'tikv', which: 2 }],
  ['command:switch-off@5s+3s', { command: 'switch-off' }],
];

for (const [text, who] of WHO)
  test(`${text} targets ${whoText(who)}`, () => {
    const fault = parseFault(text);
    assert.deepEqual(fault.who, who);
    assert.deepEqual([fault.start, fault.duration, fault.text], [5000, 3000, text]);
  });

test('options are read with their units', () => {
  const { link, direction, latency, jitter, loss } = parseFault(
    'slow:surreal-1@500ms+1m30s,latency=200ms,jitter=50ms,loss=1.5%,link=clients,direction=in',
  ).options;
  assert.deepEqual([link, direction, latency, jitter, loss], ['clients', 'in', 200, 50, 0.015]);
  assert.equal(parseFault('quorum-loss@1s+1s,by=pause').options.by, 'pause');
  assert.equal(parseFault('quorum-loss@1s+1s,spare=leader').options.spare, 'leader');
});

const WRONG: [text: string, says: RegExp][] = [
  ['kill', /must be KIND\[:WHO\]@START\+DURATION/],
  ['kill:surreal-2@5s', /must be KIND/],
  ['murder:surreal-2@5s+3s', /no kind "murder"\. Kinds are: kill, crash, stop, pause, partition, slow, /],
  ['kill@5s+3s', /WHO is missing: surreal-N/],
  ['kill:surreal@5s+3s', /WHO must be surreal-N.* \(got "surreal"\)/],
  ['kill:surreal-0@5s+3s', /WHO must be .*got "surreal-0"/],
  ['kill:surreal-leader@5s+3s', /WHO must be .*got "surreal-leader"/],
  ['kill:redis-1@5s+3s', /WHO must be .*got "redis-1"/],
  ['quorum-loss:surreal@5s+3s', /takes a whole tier: tikv, pd/],
  ['rolling-restart:surreal-1@5s+3s', /takes a whole tier: surreal, tikv, pd/],
  ['upgrade:surreal@5s+3s', /say onto which program: to=PATH/],
  ['upgrade:tikv@5s+3s,to=/opt/tikv', /takes a whole tier: surreal/],
  ['region-split:tikv-1@5s+3s', /region-split has no WHO: region-split@START\+DURATION/],
  ['evict-leader:all@5s+3s', /WHO must be .*got "all"/],
  ['command:a b@5s+3s', /WHO must be the NAME/],
  ['kill:surreal-2@5s+3s,every=3s', /every must be longer than 3s: the duration\./],
  ['kill:surreal-2@5s+3s,every=5s,when=ack', /every must be longer than 5s: the duration, and the time/],
  ['rolling-restart@5s+3s,when=ack', /when=ack is for a fault with one beginning, and rolling-restart takes one/],
  ['kill:surreal-2@5s+3s,when=now', /when must be start or ack .*got "now"/],
  ['kill:surreal-2@5+3s', /START must be .*got "5"/],
  ['kill:surreal-2@5s+0s', /DURATION must be .*got "0s"/],
  ['kill:surreal-2@5s+3s,latency=1s', /"latency=1s" is not an option of kill\. Its options are: when, every/],
  ['slow:surreal-2@5s+3s', /say how slow/],
  ['slow:surreal-2@5s+3s,loss=101%', /loss must be a share.* \(got "101%"\)/],
  ['slow:surreal-2@5s+3s,latency=fast', /latency must be a duration.* \(got "fast"\)/],
  ['slow:surreal-2@5s+3s,latency=10ms,jitter=20ms', /jitter must not be above latency/],
  ['slow:surreal-2@5s+3s,delay=10ms', /Its options are: link, direction, latency, jitter, loss, when, every/],
  ['partition:tikv-1@5s+3s,link=clients', /WHO must be of tier surreal/],
  ['partition:surreal-1@5s+3s,direction=up', /both or in or out/],
];

for (const [text, says] of WRONG)
  test(`${text} is refused with what would be right`, () => {
    assert.throws(
      () => parseFault(text),
      (error) => error instanceof FaultError && says.test(error.message) && error.message.includes(text),
    );
  });

test('a file has one fault a line, and names the line that is wrong', () => {
  const faults = parseFaults('drill.txt', '# first a node\nkill:surreal-2@5s+3s\n\npause:tikv-1@9s+1s\n');
  assert.deepEqual(
    faults.map(({ text }) => text),
    ['kill:surreal-2@5s+3s', 'pause:tikv-1@9s+1s'],
  );
  assert.throws(() => parseFaults('drill.txt', '\nkil:surreal-2@5s+3s'), /^FaultError|drill\.txt:2: .*no kind "kil"/);
});

const check = (measured: number, ...faults: string[]) => checkFaults(faults.map(parseFault), measured);

test('a fault has to end before the load does', () => {
  check(8000, 'kill:surreal-2@5s+3s');
  assert.throws(() => check(7999, 'kill:surreal-2@5s+3s'), /ends 8s after .* takes only 8s: give a longer --duration/);
});

test('PD is asked for a scheduler once at a time', () => {
  check(
    20_000,
    'leader-shuffle@3s+3s',
    'leader-shuffle@6s+3s',
    'evict-leader:tikv-1@3s+3s',
    'evict-leader:tikv-2@3s+3s',
  );
  const says = /"leader-shuffle@3s\+3s" and "leader-shuffle@5s\+2s" need the same scheduler of PD at the same time/;
  assert.throws(() => check(20_000, 'leader-shuffle@3s+3s', 'leader-shuffle@5s+2s'), says);
});

test('nothing is taken down twice at once; links may be slow meanwhile', () => {
  check(20_000, 'kill:surreal-2@5s+3s', 'kill:surreal-2@8s+3s', 'pause:surreal-1@5s+3s');
  check(20_000, 'kill:surreal-2@5s+3s', 'slow:surreal-2@4s+9s,latency=1s');
  assert.throws(() => check(20_000, 'kill:surreal-2@5s+3s', 'pause:surreal-2@7s+3s'), /same server at the same time/);
  assert.throws(() => check(20_000, 'kill:tikv-2@5s+3s', 'quorum-loss@7s+3s'), /same server/);
  assert.throws(() => check(20_000, 'kill:all@5s+3s', 'stop:pd-1@7s+3s'), /same server/);
});

test('a fault with every= happens as often as it fits into the load', () => {
  const repeated = (measured: number) => repeatFaults([parseFault('kill:surreal-2@2s+3s,every=8s,when=ack')], measured);
  const texts = ['kill:surreal-2@2s+3s,when=ack', 'kill:surreal-2@10s+3s,when=ack', 'kill:surreal-2@18s+3s,when=ack'];
  assert.deepEqual(
    repeated(21_000).map(({ text }) => text),
    texts,
  );
  assert.deepEqual(repeated(21_000), texts.map(parseFault));
  assert.equal(repeated(20_999).length, 2);
  check(21_000, 'kill:surreal-2@2s+3s,every=8s', 'slow:surreal-2@1s+20s,latency=5ms');
  assert.throws(() => check(21_000, 'kill:surreal-2@2s+3s,every=8s', 'stop:surreal-2@11s+1s'), /same server/);
  assert.throws(() => check(4000, 'kill:surreal-2@2s+3s,every=8s'), /ends 5s after/);
});
