import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKERS } from '../../../lib/core/checkers/index.ts';
import { SCENARIO_NAMES } from '../../../lib/node/catalog/catalog.ts';
import { FINDINGS_FOLDER, readFindings } from '../../../lib/node/findings/finding.ts';
import { reproduce } from '../../../lib/node/findings/reproduce.ts';

const findings = await readFindings();

const PAGES = ['docs/findings.md', 'docs/findings-3.0.2.md'];
const pages = (await Promise.all(PAGES.map((page) => readFile(page, 'utf8')))).join('');

for (const finding of findings)
  test(`finding ${finding.name} can be run, and its page tells of it`, async () => {
    assert.ok(pages.includes(finding.title.slice(0, 30)), `${PAGES.join(' and ')} have no entry for it`);
    if ('byHand' in finding) return;
    if ('script' in finding) return access(join(FINDINGS_FOLDER, finding.script));
    assert.ok(SCENARIO_NAMES.includes(finding.load.split(' ')[0] ?? ''));
    const kinds = [...CHECKERS.values()].flatMap(({ anomalies }) => Object.keys(anomalies));
    assert.ok(kinds.includes(finding.expects), `no checker finds "${finding.expects}"`);
  });

const NEEDS = [
  ['cluster', 'needs --nodes URL,URL of a cluster, or --store'],
  ['store', 'needs --store tikv://HOST:PORT'],
] as const;
for (const [needs, says] of NEEDS)
  test(`a finding that needs a ${needs} is not run without one, and the reason is given`, async () => {
    const finding = findings.find(({ on }) => on === needs) ?? assert.fail(`no finding needs a ${needs}`);
    const progress = { say: () => {}, step: () => {} } as never;
    const around = { nodes: undefined, store: undefined, progress, signal: AbortSignal.abort() };
    const { state, detail } = await reproduce(finding, around);
    assert.deepEqual([state, detail], ['not run', says]);
  });
