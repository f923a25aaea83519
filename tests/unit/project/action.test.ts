// The composite action: what it runs, and that no input is read as code of the shell.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: { readonly steps: readonly { readonly uses?: string; readonly run?: string }[] };
}

const text = readFileSync(join(PROJECT_ROOT, 'action.yml'), 'utf8');
const { inputs, runs } = parse(text) as Action;

/** Runs the action's script with a program instead of npx that fails, and prints its arguments one a line. */
function argumentsFor(given: Readonly<Record<string, string>>): { status: number | null; lines: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'surrealdb-load-'));
  writeFileSync(join(folder, 'npx'), '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 99\n', { mode: 0o755 });
  const values = Object.entries(inputs).map(([name, input]) => [
    name.toUpperCase(),
    given[name] ?? input.default ?? '',
  ]);
  const script = runs.steps.find(({ run }) => run !== undefined)?.run ?? '';
  const { status, stdout } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    encoding: 'utf8',
    env: { ...Object.fromEntries(values), PATH: `${folder}:${process.env.PATH}` },
  });
  rmSync(folder, { recursive: true });
  return { status, lines: stdout.trimEnd().split('\n') };
}

test('the action runs the gate of the installed package, and ends with its exit code', () => {
  const { status, lines } = argumentsFor({});
  assert.equal(status, 99);
  const gate = ['--no-install', 'surrealdb-load', 'gate', '--suite', 'gate.json', '--candidate', 'embedded'];
  assert.deepEqual(lines, gate);
  assert.deepEqual(argumentsFor({ baseline: 'native' }).lines, [...gate, '--baseline', 'native']);
});

test('an input with spaces, quotes or commands stays one argument', () => {
  const suite = `a b"; echo $(id) 'c`;
  assert.equal(argumentsFor({ suite }).lines[4], suite);
  for (const { run = '' } of runs.steps) assert.doesNotMatch(run, /\$\{\{/, 'inputs come by the environment');
});

test('every action that it uses is pinned by its commit', () => {
  for (const [line] of text.matchAll(/^.*\buses:.*$/gm))
    assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});
