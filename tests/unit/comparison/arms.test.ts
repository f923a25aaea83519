import assert from 'node:assert/strict';
import { test } from 'node:test';
import { armEnvironment, loadCommand, parseArm } from '../../../lib/node/compare/arms.ts';
import { armSettings } from '../../../lib/node/compare/rounds.ts';
import { orderOf } from '../../../lib/node/compare/with-arms.ts';

test('targets are read with everything that may belong to them', () => {
  assert.deepEqual(
    parseArm('--a', 'native,surreal=/opt/surreal-3.2,store=tikv://127.0.0.1:2379,nodes=1,protocol=rest'),
    {
      text: 'native,surreal=/opt/surreal-3.2,store=tikv://127.0.0.1:2379,nodes=1,protocol=rest',
      target: {
        choice: 'native',
        nodes: undefined,
        store: 'tikv://127.0.0.1:2379',
        nodeCount: 1,
        port: 0,
        nodeSettings: {},
      },
      surreal: '/opt/surreal-3.2',
      env: { LOAD_PROTOCOL: 'rest' },
    },
  );
  assert.deepEqual(parseArm('--b', 'external=http://127.0.0.1:8000/,https://b:8001,field-length=200').target.nodes, [
    'http://127.0.0.1:8000',
    'https://b:8001',
  ]);
  assert.equal(parseArm('--a', 'embedded,port=9000').target.port, 9000);
  assert.equal(parseArm('--a', 'auto').target.port, undefined);
});

const WRONG: [text: string, says: RegExp][] = [
  ['', /"" is not a target/],
  ['tikv', /"tikv" is not a target/],
  ['external', /its URLs are missing/],
  ['native=http://a:1', /native takes no URL/],
  ['external=a:8000', /must be http:.*got "a:8000"/],
  ['external=http://user:secret@a:8000', /without path, query and credentials \(got "http:\/\/…@a:8000"\)/],
  ['native,store', /"store" is not NAME=VALUE/],
  ['native,protocol=sql,protocol=rest', /protocol is given twice/],
  ['native,nodes=0', /nodes must be a whole number from 1 to 9/],
  ['native,colour=red', /there is no setting "colour"/],
  ['native,seed=1', /seed is the same for both sides/],
  ['native,pass=x', /pass is the same for both sides/],
  ['embedded,surreal=/x', /surreal= applies only to native, not to embedded/],
  ['embedded,store=memory', /--store goes with --target native/],
];

for (const [text, says] of WRONG)
  test(`"${text}" is refused with what would be right`, () => {
    assert.throws(() => parseArm('--a', text), says);
  });

test('each side has its own credentials and program where they are given', () => {
  const env = { SURREAL_USER: 'root', SURREAL_PASS_B: 'other', PATH: '/bin' };
  assert.deepEqual(armEnvironment('a', parseArm('--a', 'auto'), env), env);
  const b = armEnvironment('b', parseArm('--b', 'native,surreal=/new'), env);
  assert.deepEqual([b.SURREAL_USER, b.SURREAL_PASS, b.SURREAL_BIN], ['root', 'other', '/new']);
});

test('a round can be repeated by hand', () => {
  const arm = parseArm('--a', 'native,surreal=/opt/old,store=tikv://h:2379,nodes=2');
  assert.equal(
    loadCommand('crud', arm, { LOAD_PROFILE: 'round', LOAD_SEED: '7', LOAD_NAMESPACE: 'load_x' }),
    'SURREAL_BIN=/opt/old npm run load -- crud --target native --store tikv://h:2379 --node-count 2 --profile round --seed 7',
  );
});

test('a search for a rate is not a round', () => {
  assert.throws(
    () => armSettings('crud', parseArm('--a', 'auto'), { LOAD_PROFILE: 'breakpoint' }),
    /searches for a rate/,
  );
});

test('the first side alternates', () => {
  assert.deepEqual([0, 1, 2, 3].flatMap(orderOf), ['a', 'b', 'b', 'a', 'a', 'b', 'b', 'a']);
});
