// The linter holds the one-way layering of design.md: proof that each wrong arrow is refused, and a right one is not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { temporaryFolder } from '../../support/commands.ts';

const ARROWS: [from: string, to: string, allowed: boolean][] = [
  ['lib/core/x.ts', 'k6/http', false],
  ['lib/core/x.ts', 'node:fs', false],
  ['lib/core/x.ts', '../k6/nodes.ts', false],
  ['lib/core/x.ts', '../node/paths.ts', false],
  ['lib/core/x.ts', './random.ts', true],
  ['lib/core/x.ts', '../../scenarios/writes.ts', false],
  ['lib/core/scenario/x.ts', '../../k6/api.ts', false],
  ['lib/core/workload-file/x.ts', '../../node/workload-file/surrealql.ts', false],
  ['lib/core/explore/x.ts', 'node:fs', false],
  ['lib/core/checkers/changefeed/x.ts', '../../../node/load/checks.ts', false],
  ['lib/core/converters/edn/x.ts', '../../history/history.ts', true],
  ['lib/k6/x.ts', 'node:fs', false],
  ['lib/k6/x.ts', '../node/paths.ts', false],
  ['lib/k6/x.ts', '../../scenarios/writes.ts', false],
  ['lib/k6/x.ts', '../core/random.ts', true],
  ['lib/k6/workload-file/x.ts', '../../node/workload-file/surrealql.ts', false],
  ['lib/k6/workload-file/x.ts', '../../core/workload-file/workload.ts', true],
  ['scenarios/x.ts', '../lib/node/paths.ts', false],
  ['scenarios/x.ts', '../scripts/load.ts', false],
  ['scenarios/x.ts', '../lib/k6/nodes.ts', true],
  ['lib/node/x.ts', 'k6/http', false],
  ['lib/node/x.ts', '../k6/nodes.ts', false],
  ['lib/node/x.ts', '../../scripts/load.ts', false],
  ['lib/node/x.ts', '../core/random.ts', true],
  ['lib/node/workload-file/x.ts', '../../k6/workload-file/workload-user.ts', false],
  ['lib/node/catalog/x.ts', '../../../scenarios/writes.ts', false],
  ['lib/node/findings/x.ts', '../../core/history/history.ts', true],
  ['scripts/x.ts', '../lib/k6/nodes.ts', false],
  ['scripts/x.ts', '../lib/node/paths.ts', true],
];

test('the linter refuses every wrong arrow and no right one', async () => {
  await using folder = await temporaryFolder();
  const {
    vcs: _vcs,
    $schema: _schema,
    ...rules
  } = JSON.parse(await readFile(join(PROJECT_ROOT, 'biome.json'), 'utf8'));
  await writeFile(join(folder.path, 'biome.json'), JSON.stringify(rules));
  const fileOf = (index: number, from: string) => from.replace('x.ts', `arrow-${index}.ts`);
  for (const [index, [from, to]] of ARROWS.entries()) {
    const file = join(folder.path, fileOf(index, from));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `import { x } from '${to}';\n\nexport const y = x;\n`);
  }
  const biome = join(PROJECT_ROOT, 'node_modules/.bin/biome');
  const { stdout, stderr } = spawnSync(biome, ['lint', '--max-diagnostics=none'], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  const refused = (file: string) => (stdout + stderr).includes(`${file}:`);
  for (const [index, [from, to, allowed]] of ARROWS.entries())
    assert.equal(!refused(fileOf(index, from)), allowed, `${from} → ${to}`);
});
