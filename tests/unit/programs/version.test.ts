import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judge } from '../../../lib/node/programs/inspection.ts';
import { K6, type Specification, SURREAL } from '../../../lib/node/programs/specification.ts';
import { compareNumbers, formatVersion, isWithin, parseVersion, version } from '../../../lib/node/programs/version.ts';

const number = fc.nat({ max: 10_000 });
const pre = fc.constantFrom('alpha', 'beta.1', 'rc2', 'nightly-20260101');
const anyVersion = fc.record(
  { major: number, minor: number, patch: number, pre },
  { requiredKeys: ['major', 'minor', 'patch'] },
);

test('a version survives being written and read', () => {
  fc.assert(fc.property(anyVersion, (any) => assert.deepEqual(parseVersion(formatVersion(any)), { ...any })));
});

test('what is not a version is none', () => {
  for (const text of ['', 'devel', '3', 'v', '2.x', '1.2.3.4', 'k6 v2.2.0', '2.2.0 for linux']) {
    assert.equal(parseVersion(text), undefined, text);
  }
});

test('the leading v, a missing patch number and build metadata do not matter', () => {
  assert.deepEqual(parseVersion('v1.25'), version('1.25.0'));
  assert.deepEqual(parseVersion('3.4.0-nightly+20261120.abc'), version('3.4.0-nightly'));
});

test('versions are ordered by number, not by text', () => {
  assert.ok(compareNumbers(version('1.9.0'), version('1.10.0')) < 0);
  fc.assert(
    fc.property(anyVersion, anyVersion, (a, b) => {
      assert.equal(Math.sign(compareNumbers(a, b)), -Math.sign(compareNumbers(b, a)) + 0);
    }),
  );
});

test('a range holds its beginning, not its end, and no pre-release of either', () => {
  const range = { from: version('2.2.0'), below: version('3.0.0') };
  for (const text of ['2.2.0', '2.2.1', '2.10.0', '2.3.0-rc1', '2.99.99'])
    assert.ok(isWithin(version(text), range), text);
  for (const text of ['2.1.9', '2.2.0-rc1', '3.0.0', '3.0.0-beta.1', '0.57.0', '10.0.0']) {
    assert.ok(!isWithin(version(text), range), text);
  }
});

test('the pinned version of each program is supported', () => {
  for (const { pinned, supported } of [K6, SURREAL]) assert.ok(isWithin(version(pinned), supported));
});

const judged = (specification: Specification, stdout: string) => judge('/opt/program', stdout, specification);

test('k6 tells its version under any file name, with or without a commit, extensions and a pre-release', () => {
  for (const [stdout, expected] of [
    ['k6 v2.2.0 (go1.26.8, linux/amd64)\n', '2.2.0'],
    ['k6-mine v2.2.0 (go1.26.8, linux/amd64)\n', '2.2.0'],
    ['k6 v2.2.1 (commit/00a9a1bdda, go1.26.5, darwin/arm64)\n', '2.2.1'],
    ['k6 v2.3.0-rc1 (go1.26.5, linux/arm64)\nExtensions:\n  example.com/xk6-sql v1.0.1, k6/x/sql [js]\n', '2.3.0-rc1'],
  ] as const) {
    assert.deepEqual(judged(K6, stdout), { location: '/opt/program', version: expected });
  }
});

test('surreal tells its version with the platform', () => {
  assert.deepEqual(judged(SURREAL, '3.3.5 for linux on x86_64\n'), { location: '/opt/program', version: '3.3.5' });
  assert.deepEqual(judged(SURREAL, '3.4.0-nightly+20261120 for macos on aarch64\n'), {
    location: '/opt/program',
    version: '3.4.0-nightly',
  });
});

test('an unsupported version is named with the supported ones and the reason', () => {
  assert.deepEqual(judged(K6, 'k6 v0.57.0 (go1.23.6, linux/amd64)'), {
    problem: `is version 0.57.0, but >= 2.2.0 and < 3.0.0 is needed (${K6.because})`,
  });
  assert.deepEqual(judged(SURREAL, '3.1.9 for linux on x86_64'), {
    problem: `is version 3.1.9, but >= 3.2.0 and < 4.0.0 is needed (${SURREAL.because})`,
  });
});

test('another program is not taken for it, and what it printed is shown', () => {
  assert.deepEqual(judged(K6, '3.3.5 for linux on x86_64\n'), {
    problem: 'does not look like k6: `version` printed "3.3.5 for linux on x86_64"',
  });
  assert.deepEqual(judged(SURREAL, ''), { problem: 'does not look like surreal: `version` printed ""' });
});
