import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKERS } from '../../../lib/core/checkers/index.ts';
import { SCENARIO_NAMES } from '../../../lib/node/catalog/catalog.ts';
import { FINDINGS_FOLDER, readFindings } from '../../../lib/node/findings/finding.ts';
import { reproduce } from '../../../lib/node/findings/reproduce.ts';

const findings = await readFindings();

for (const finding of findings)
  test(`finding ${finding.name} can be run, and its page tells of it`, async () => {
    assert.ok(
      (await readFile('docs/findings.md', 'utf8')).includes(finding.title.slice(0, 30)),
      'docs/findings.md has no entry for it',
    );
    if ('script' in finding) return access(join(FINDINGS_FOLDER, finding.script));
    assert.ok(SCENARIO_NAMES.includes(finding.load.split(' ')[0] ?? ''));
    const kinds = [...CHECKERS.values()].flatMap(({ anomalies }) => Object.keys(anomalies));
    assert.ok(kinds.includes(finding.expects), `no checker finds "${finding.expects}"`);
  });

test('a finding that needs a cluster is not run without one, and the reason is given', async () => {
  const finding = findings.find(({ on }) => on === 'cluster') ?? assert.fail('no finding needs a cluster');
  const progress = { say: () => {}, step: () => {} } as never;
  const { state, detail } = await reproduce(finding, { nodes: undefined, progress, signal: AbortSignal.abort() });
  assert.deepEqual([state, detail], ['not run', 'needs --nodes URL,URL of a cluster']);
});
