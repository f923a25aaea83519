import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';
import { parseSettings } from '../../core/settings/settings.ts';
import { K6_BUNDLE } from '../catalog/bundle.ts';
import { awaitsAnswers, bundle } from '../catalog/catalog.ts';
import { Failure } from '../cli/errors.ts';
import { FILES_OF_TEST } from '../load/generators/k6-run.ts';
import type { Program } from '../programs/program.ts';
import { bundleInMemory } from '../system/esbuild.ts';
import { PROJECT_ROOT } from '../system/paths.ts';

/** Kubernetes' limit on the data of a ConfigMap (ConfigMap in its API reference). */
const CONFIG_MAP_LIMIT = 2 ** 20;

/**
 * A scenario as k6's archive. k6 keeps the options in it that the settings come to, so it belongs to these settings; the
 * environment itself, and so any password, stays out.
 * @throws Failure with k6's own words
 */
export async function makeArchive(
  k6: Program,
  scenario: string,
  env: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'surrealdb-load-archive-'));
  try {
    // Without its source map, which is five times as large, and without the path of this checkout.
    const script = join(folder, `${scenario}.js`);
    const { path } = await bundle(scenario, awaitsAnswers(scenario, parseSettings(env)));
    const text = await readFile(path, 'utf8');
    await writeFile(script, text.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
    const archive = join(folder, 'archive.tar');
    // k6 would put the user's own configuration into the archive.
    const config = join(folder, 'config.json');
    await writeFile(config, '{}');
    const files = FILES_OF_TEST.flatMap((name) => env[name] ?? []);
    const command = [
      ...k6.command({ env, mounts: [folder], files }),
      'archive',
      `--config=${config}`,
      '--quiet',
      '--include-system-env-vars',
      '--exclude-env-vars',
      `--archive-out=${archive}`,
      script,
    ];
    const { exitCode, stderr } = await $({ quiet: true, nothrow: true, env: { ...process.env, ...env } })`${command}`;
    if (exitCode !== 0) throw new Failure(`k6 failed to create the archive of ${scenario}: ${stderr.trim()}`);
    return await readFile(archive);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws Failure where it does not fit into a ConfigMap */
export function checkSize(archive: Buffer, limit = CONFIG_MAP_LIMIT): void {
  if (archive.length <= limit) return;
  throw new Failure(
    `The archive has ${archive.length} bytes, but a ConfigMap holds at most ${limit}. Use --archive-volume CLAIM, and copy the file to that volume (docs/how-to/kubernetes.md).`,
  );
}

/** The k6 test that does the set-up for all runners, as one file. */
export async function coordinatorScript(): Promise<string> {
  const { outputFiles } = await bundleInMemory({
    ...K6_BUNDLE,
    entryPoints: [join(PROJECT_ROOT, 'lib', 'k6', 'generators', 'coordinator.ts')],
    minifyWhitespace: true,
  });
  return outputFiles[0]?.text ?? '';
}
