// Histories in which a real server misbehaved (docs/findings.md).
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AnomalyKind } from '../../../lib/core/checkers/index.ts';
import { checkHistory } from '../../../lib/node/load/checks.ts';
import { readHistory } from '../../../lib/node/load/history/history-file.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';

const FOUND: [file: string, says: string, kinds: AnomalyKind[]][] = [
  ['host-lost-3.3.5', 'forgets an acknowledged transaction when a host is lost', ['lost']],
  ['half-applied-3.3.5', 'applies a part of an acknowledged transfer when its node is cut off', ['ledger mismatch']],
  ['refused-but-applied-3.3.5', 'applies what it refused when a majority of the stores stood still', ['dirty read']],
  ['upsert-forgets-3.0.2', 'forgets a list in UPSERT', ['internal', 'lost', 'incompatible order']],
  ['lost-updates-3.0.2', 'in memory loses acknowledged updates', ['lost', 'G-single', 'G-nonadjacent']],
];

for (const [file, says, kinds] of FOUND)
  test(`SurrealDB ${/[\d.]+$/.exec(file)?.[0]} ${says}: found as ${kinds.join(', ')}`, async () => {
    const history = await readHistory(join(PROJECT_ROOT, 'tests', 'fixtures', `${file}.ndjson.gz`));
    const [verdict] = checkHistory(history);
    assert.equal(verdict?.valid, 'invalid');
    const found = verdict.anomalies.map(({ kind }) => kind);
    for (const kind of kinds) assert.ok(found.includes(kind), `${kind} among ${found.join(', ')}`);
  });
