// `npm run check -- FILE` on histories that other tools recorded.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startScript, temporaryFolder } from '../support/commands.ts';

const fixture = (name: string): string => join('tests', 'fixtures', name);
const check = (...args: string[]) => startScript('check', args).result;

test("Elle's list-append: write skew is fine for snapshot isolation and not for serializable", async () => {
  const allowed = await check(fixture('elle-list-append.edn'));
  assert.equal(allowed.code, 0, allowed.stdout + allowed.stderr);
  assert.match(allowed.stdout, /checker append: valid.*1 × G2-item, which snapshot-isolation allows/);
  const forbidden = await check(fixture('elle-list-append.edn'), '--expect', 'serializable');
  assert.equal(forbidden.code, 99, forbidden.stdout + forbidden.stderr);
  assert.match(forbidden.stdout, /G2-item × 1/);
});

test("Jepsen's registers: the key whose read is stale is named", async () => {
  const { code, stdout } = await check(fixture('jepsen-registers.edn'), '--format', 'jepsen-edn');
  assert.equal(code, 99);
  assert.match(stdout, /not linearizable × 1: No order of these operations on register 7 /);
});

test("a log of Jepsen's etcd test, as Porcupine's tests read it", async () => {
  const { code, stdout } = await check(fixture('jepsen-etcd.txt'));
  assert.equal(code, 0);
  assert.match(stdout, /checker register: valid/);
});

test('what cannot be read is reported with file, line and next step, without a stack trace', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'history.edn');
  await writeFile(path, '{:type :invoke, :f :read, :value nil, :process 0}\n{:f :read, :val');
  const { code, stderr } = await check(path);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /history\.edn cannot be read as jepsen-edn\. Line 2 is not EDN: the file ends in the middle of a form/,
  );
  assert.doesNotMatch(stderr, /^ +at /m);
  const unknown = await check(path, '--format', 'edn');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Allowed choices are jepsen-edn, jepsen-log/);
});
