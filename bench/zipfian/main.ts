// What a key costs inside k6: `npm run bench -- keys`. Must stay under 2 µs at a million keys.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { $ } from 'zx';
import { K6_BUNDLE } from '../../lib/node/catalog/bundle.ts';
import { terminalProgress } from '../../lib/node/cli/progress.ts';
import { findK6 } from '../../lib/node/programs/find-program.ts';

const k6 = await findK6(terminalProgress());
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
const outfile = join(folder, 'keys.js');
await build({
  ...K6_BUNDLE,
  entryPoints: [join(import.meta.dirname, 'keys.ts')],
  outfile,
});
const { stderr } = await $({
  quiet: true,
})`${k6.command({ env: {}, mounts: [folder] })} run --quiet --log-format=raw ${outfile}`;
console.log(stderr.trim());
await rm(folder, { recursive: true });
