// docs/reference/library.md: its example does what it says, and its symbols are there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { temporaryFolder } from '../../support/commands.ts';
import { blocksOf } from '../../support/page-blocks.ts';

const [example, printed] = await blocksOf('reference/library.md');

test('the example prints what the page shows', async () => {
  assert.equal(example?.language, 'ts');
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'example.mts');
  await writeFile(file, (example?.text ?? '').replaceAll("'./lib/", `'${pathToFileURL(PROJECT_ROOT).href}/lib/`));
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
  });
  assert.equal(stdout, printed?.text, stderr);
});

test('each symbol is exported by the file that the page names', async () => {
  const page = await readFile(join(PROJECT_ROOT, 'docs/reference/library.md'), 'utf8');
  let symbols = 0;
  for (const section of page.split(/^## /m).slice(2)) {
    const files = [...section.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = '']) => file);
    const folder = /`(lib\/core\/\w+)`/.exec(section)?.[1] ?? '';
    const texts = await Promise.all(
      files.map((file) => readFile(join(PROJECT_ROOT, file.startsWith('lib/') ? file : join(folder, file)), 'utf8')),
    );
    for (const [, cell = ''] of section.matchAll(/^\| ([^|]*) \|/gm))
      for (const [, name = ''] of cell.matchAll(/`(\w+)(?:\([^`]*\))?`(?! ?\.)/g)) {
        symbols++;
        const exported = new RegExp(
          `^export (?:(?:async )?(?:const|function|interface|class|type) ${name}\\b|(?:type )?\\{[^}]*\\b${name}\\b[^}]*\\} from)`,
          'm',
        );
        assert.ok(
          texts.some((text) => exported.test(text)),
          `${name} is not exported by ${files.join(', ')}`,
        );
      }
  }
  assert.ok(symbols >= 15, `${symbols} symbols`);
});
