// The pure parts of the mixed load.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHECKER_NAMES } from '../../../lib/core/checkers/index.ts';
import type { History, Operation } from '../../../lib/core/history/history.ts';
import { partsOf } from '../../../lib/core/history/history-parts.ts';
import { shareDealer } from '../../../lib/core/load/mix.ts';
import { PROTOCOL_CHOICES, PROTOCOLS, type ProtocolChoice } from '../../../lib/core/protocols/protocols.ts';
import { compositionOf, scenariosOf } from '../../../lib/core/scenario/composition.ts';
import type { AnyDefinition } from '../../../lib/core/scenario/definition.ts';
import { partProtocols } from '../../../lib/core/scenario/scenario-protocols.ts';
import { parseSettings, SETTINGS, type Setting, SettingsError } from '../../../lib/core/settings/settings.ts';
import { parseLimits } from '../../../lib/core/verdict/limits.ts';
import { limitsOfPart, metricKey, tagsApart } from '../../../lib/core/verdict/summary.ts';
import { comparisonTable } from '../../../lib/core/verdict/tables.ts';
import { SCENARIOS, SIMPLE_SCENARIOS, scenarioSettings } from '../../../lib/node/catalog/catalog.ts';
import { checkHistory } from '../../../lib/node/load/checks.ts';

const simple = (name: string, rest: Partial<AnyDefinition> = {}): AnyDefinition => ({
  name,
  protocols: ['sql'],
  checkers: [name],
  ...rest,
});

test('a composed scenario consists of those of the mix, or of those with a share in it', () => {
  const known = [simple('a', { shares: { both: 2 } }), simple('b'), simple('c', { shares: { both: 1 } })];
  const partsOf = (definition: AnyDefinition, mix = {}) =>
    compositionOf(definition, mix, known).parts.map(({ definition: { name }, share }) => [name, share]);
  assert.deepEqual(partsOf(simple('a')), [['a', 1]]);
  assert.deepEqual(partsOf({ name: 'both', composed: true }, { b: 1 }), [
    ['a', 2],
    ['c', 1],
  ]);
  const mixed: AnyDefinition = { name: 'mixed', composed: true, settings: ['mix'] };
  assert.deepEqual(partsOf(mixed, { c: 3, b: 1 }), [
    ['c', 3],
    ['b', 1],
  ]);
  assert.throws(() => partsOf(mixed, { both: 1 }), /LOAD_MIX names "both".*Use some of a, b, c\./);
});

test('each scenario names checkers and settings that there are', () => {
  for (const definition of SCENARIOS) {
    for (const name of definition.settings ?? []) assert.ok(name in SETTINGS, `${definition.name}: ${name}`);
    if ('checkers' in definition)
      for (const name of definition.checkers) assert.ok(CHECKER_NAMES.includes(name), `${definition.name}: ${name}`);
  }
});

test('iterations are dealt exactly by their shares, and each part counts its own without a gap', () => {
  const shares = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(shares, fc.integer({ min: 1, max: 4 }), (given, rounds) => {
      const deal = shareDealer(given.map((share, index) => [index, share]));
      const whole = given.reduce((sum, share) => sum + share, 0);
      const counts = given.map(() => 0);
      for (let number = 0; number < whole * rounds; number++) {
        const { to, iteration } = deal(number);
        assert.equal(iteration, counts[to]);
        counts[to] = (counts[to] ?? 0) + 1;
      }
      assert.deepEqual(
        counts,
        given.map((share) => share * rounds),
      );
    }),
  );
});

test('a part with half of the shares is never more than two iterations away', () => {
  const deal = shareDealer([
    ['a', 10],
    ['b', 5],
    ['c', 5],
  ]);
  const dealt = Array.from({ length: 40 }, (_, number) => deal(number).to).join('');
  assert.doesNotMatch(dealt, /[bc]{3}/);
});

test('the mix is read with its names and whole shares, and anything else is refused', () => {
  assert.deepEqual(parseSettings({ LOAD_MIX: 'crud=2, blog=5,bank=1' }).mix, { crud: 2, blog: 5, bank: 1 });
  for (const wrong of ['crud', 'crud=0', 'crud=1.5', 'crud=1,crud=2', 'crud=1001', '=1'])
    assert.throws(() => parseSettings({ LOAD_MIX: wrong }), SettingsError, wrong);
  for (const wrong of ['mixed=1', 'cruds=1'])
    assert.throws(
      () => scenarioSettings('mixed', { LOAD_MIX: wrong }),
      /LOAD_MIX names .* Use some of append, bank, .*ycsb\./,
    );
});

test('a setting of other scenarios is refused with their names', () => {
  assert.throws(
    () => scenarioSettings('writes', { LOAD_WORKLOAD: 'b' }),
    /LOAD_WORKLOAD applies only to ycsb, not to writes\./,
  );
  assert.throws(() => scenarioSettings('crud', { LOAD_MIX: 'crud=1' }), /applies only to mixed/);
  assert.throws(
    () => scenarioSettings('live', { LOAD_EXPECT: 'serializable' }),
    /LOAD_EXPECT must be one of same-node, cluster for live \(got "serializable"\)\./,
  );
  assert.throws(() => scenarioSettings('mixed', { LOAD_MIX: 'append=1', LOAD_EXPECT: 'cluster' }), /for append/);
  assert.throws(() => scenarioSettings('mixed', { LOAD_MIX: 'crud=1', LOAD_WORKLOAD: 'b' }), SettingsError);
  assert.throws(
    () => scenarioSettings('graphql', { LOAD_PROTOCOL: 'rest' }),
    /LOAD_PROTOCOL applies only to .*, not to graphql/,
  );
  scenarioSettings('mixed', { LOAD_MIX: 'crud=1,ycsb=1', LOAD_WORKLOAD: 'b', LOAD_RATE: '5' });
  scenarioSettings('ycsb', { LOAD_WORKLOAD: 'b', LOAD_MODE: '' });
  for (const setting of Object.values<Setting>(SETTINGS))
    assert.notDeepEqual(scenariosOf(setting, SCENARIOS), [], `${setting.env} applies to no scenario`);
});

test('a part keeps the protocols that it can be sent by', () => {
  const bySome = (name: string, choice: ProtocolChoice) => {
    const definition = SIMPLE_SCENARIOS.find((it) => it.name === name);
    return definition && partProtocols(definition, choice);
  };
  assert.deepEqual(bySome('bank', 'all'), ['sql', 'rpc']);
  assert.deepEqual(bySome('bank', 'rest'), ['sql']);
  assert.deepEqual(bySome('crud', 'rest'), ['rest']);
  assert.deepEqual(bySome('graphql', 'sql'), ['graphql']);
  for (const part of SIMPLE_SCENARIOS)
    for (const choice of PROTOCOL_CHOICES) assert.ok(partProtocols(part, choice).length > 0);
});

test('limits of a part name it, and look at what is tagged with it', () => {
  const limits = parseLimits('bank.json', {
    limits: [
      {
        requirement: 'PR-002',
        title: 'transfers are quick',
        kind: 'performance',
        metric: 'operation_duration',
        statistic: 'p(95)',
        comparison: '<',
        limit: 50,
        unit: 'ms',
        tags: { operation: 'transfer' },
      },
    ],
  });
  const [limit] = limitsOfPart('bank', limits);
  assert.equal(limit?.title, 'bank: transfers are quick');
  assert.deepEqual(limit?.tags, { operation: 'bank/transfer', part: 'bank' });
});

test('each protocol is apart on each node only where protocols are compared, and each sub-metric is named once', () => {
  const nodeNames = ['surreal-1', 'surreal-2', 'surreal-3'];
  const keys = (protocols: readonly string[]) =>
    tagsApart({ nodeNames, protocols, operations: [{ name: 'read', protocols }] }).map((tags) => metricKey('m', tags));
  assert.ok(keys(PROTOCOLS).includes('m{operation:read,protocol:rest,node:surreal-2}'));
  assert.equal(keys(PROTOCOLS).length, new Set(keys(PROTOCOLS)).size);
  assert.deepEqual([keys(PROTOCOLS).length, keys(['sql']).length], [8 + 20, 4 + 4]);
});

const operation = (f: string, change: Partial<Operation> = {}): Operation => ({
  process: 1,
  f,
  node: 'surreal-1',
  protocol: 'sql',
  start: 1,
  end: 2,
  outcome: 'ok',
  ...change,
});

const mixed = (operations: Operation[]): History => ({
  header: {
    history: 1,
    scenario: 'mixed',
    seed: 1,
    nodes: ['surreal-1'],
    options: { mode: 'strong' },
    parts: { bank: { initial: { a: 1, b: 1 } }, crud: {} },
  },
  operations,
  damaged: 0,
});

test('a history falls into those of its parts, as if each had run alone', () => {
  const parts = partsOf(mixed([operation('bank/read', { value: { a: 1, b: 1 } }), operation('crud/create')]));
  assert.deepEqual([...parts.keys()], ['bank', 'crud']);
  const { header, operations } = parts.get('bank') ?? mixed([]);
  assert.deepEqual(header.options, { mode: 'strong', initial: { a: 1, b: 1 } });
  assert.equal(header.scenario, 'bank');
  assert.deepEqual(
    operations.map(({ f }) => f),
    ['read'],
  );
});

test('each part of a mixed load is held against its own checkers', () => {
  const verdicts = checkHistory(
    mixed([
      operation('bank/read', { value: { a: 1, b: 2 } }),
      operation('crud/create'),
      operation('crud/saw-wrong-record', { key: 'post:p1', value: 'title is "b"' }),
    ]),
  );
  assert.deepEqual(
    verdicts.map(({ checker, valid }) => [checker, valid]),
    [
      ['bank/bank', 'invalid'],
      ['crud/answers', 'invalid'],
    ],
  );
  assert.deepEqual(
    checkHistory(mixed([]), {}, 'bank').map(({ checker }) => checker),
    ['bank/bank'],
  );
  assert.throws(() => checkHistory(mixed([]), {}, 'register'), /consists of bank, crud/);
});

test('operations by several protocols are compared: each protocol, and each on every node', () => {
  const share = (count: number) => ({
    outcomes: { ok: count, conflict: 0, failed: 1, unknown: 0 },
    perSecond: count / 10,
    latency: { p50: 1, p90: 1, p95: 2, p99: 3, p999: 3, max: 3 },
    bytes: 100 * (count + 1),
    conflicts: 4,
  });
  const nodes = { 'surreal-1': share(20), 'surreal-2': share(30) };
  const read = {
    ...share(100),
    byNode: nodes,
    byProtocol: { sql: share(50), rest: share(50) },
    byProtocolAndNode: { sql: nodes, rest: nodes },
  };
  const single = { ...read, byProtocol: {}, byProtocolAndNode: {} };
  const phase = { ...share(100), name: 'crud', seconds: 10, dropped: 0, byNode: {}, byProtocol: {}, byScenario: {} };
  const text = comparisonTable({ phases: [{ ...phase, byOperation: { read, transfer: single } }] });
  assert.deepEqual(
    text.split('\n').map((line) => line.trim().split(/ {2,}/)),
    [
      ['read', 'done', 'p50', 'p95', 'p99', 'bytes', 'conflicts', 'errors'],
      ...['sql', 'rest'].flatMap((protocol) => [
        [protocol, '5/s', '1 ms', '2 ms', '3 ms', '100', '4', '1'],
        ['surreal-1', '2/s', '1 ms', '2 ms', '3 ms', '100', '4', '1'],
        ['surreal-2', '3/s', '1 ms', '2 ms', '3 ms', '100', '4', '1'],
      ]),
    ],
  );
  assert.equal(comparisonTable({ phases: [{ ...phase, byOperation: { transfer: single } }] }), '');
});
