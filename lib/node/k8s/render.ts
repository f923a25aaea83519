import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { stringify } from 'yaml';
import { planLoad } from '../../core/load/load-plan.ts';
import { parseSettings, SETTINGS } from '../../core/settings/settings.ts';
import { UsageError } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { prepareK6 } from '../load/generators/prepare-k6.ts';
import { writeAtomically, writeJson } from '../system/files.ts';
import { checkSize, coordinatorScript, makeArchive } from './archive.ts';
import { archiveFile, type KubernetesRun } from './kubernetes-run.ts';
import { type Manifest, manifestsOf } from './manifests.ts';

const RUN_FILE = 'rendered.json';
const KUSTOMIZATION = 'kustomization.yaml';

/**
 * Writes everything that k6-operator needs for a run into a folder.
 * @returns names of the files
 * @throws UsageError where the folder holds something that this did not write
 */
export async function render(run: Omit<KubernetesRun, 'k6'>, folder: string, progress: Progress): Promise<string[]> {
  await checkFolder(folder);
  const k6 = await prepareK6(progress);
  const archive = await makeArchive(k6, run.scenario, run.env);
  const onVolume = run.archiveVolume !== undefined;
  if (!onVolume) checkSize(archive);
  const whole: KubernetesRun = { ...run, k6: k6.version };
  const manifests = manifestsOf(whole, await coordinatorScript(), onVolume ? undefined : archive);
  await mkdir(folder, { recursive: true });
  const names = manifests.map(fileName);
  for (const [index, manifest] of manifests.entries())
    await writeAtomically(join(folder, names[index] ?? ''), yamlOf(manifest));
  const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources: names };
  await writeAtomically(join(folder, KUSTOMIZATION), stringify(kustomization));
  if (onVolume) await writeAtomically(join(folder, archiveFile(run)), archive);
  await writeJson(join(folder, RUN_FILE), whole);
  return [...names, KUSTOMIZATION, ...(onVolume ? [archiveFile(run)] : []), RUN_FILE];
}

/** In the order in which they are applied, and so that a folder lists them in it. */
const fileName = ({ kind, metadata }: Manifest, index: number): string =>
  `${String(index + 1).padStart(2, '0')}-${metadata.name}.${kind.toLowerCase()}.yaml`;

/** Long texts as they are: a fold in the middle of an archive helps nobody. */
export const yamlOf = (manifest: Manifest): string =>
  stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false });

/** A rendered run may be rendered again; anything else is left alone. */
async function checkFolder(folder: string): Promise<void> {
  const files: string[] = await readdir(folder).catch(() => []);
  if (files.length === 0 || files.includes(RUN_FILE)) return;
  throw new UsageError(`--out: ${folder} holds something else already. Name a new folder.`);
}

const Run = v.object({
  kubernetes: v.literal(1),
  name: v.string(),
  scenario: v.string(),
  parallelism: v.number(),
  namespace: v.string(),
  env: v.record(v.string(), v.string()),
  secret: v.string(),
  cpu: v.number(),
  memory: v.number(),
  storage: v.number(),
  storageClass: v.optional(v.string()),
  archiveVolume: v.optional(v.string()),
  k6: v.string(),
  command: v.string(),
});

/** @throws UsageError where the folder is none that `render` wrote */
export async function readRendered(folder: string): Promise<KubernetesRun> {
  const text = await readFile(join(folder, RUN_FILE), 'utf8').catch(() => 'null');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Run), text);
  if (parsed.success) return parsed.output as KubernetesRun;
  throw new UsageError(`There is no rendered run in ${folder}: give the folder that \`npm run k8s -- render\` wrote.`);
}

/** Bytes of a line of history, generously (docs/evidence/capacity.md has what was measured), and twice that for summaries and logs. */
const BYTES_AN_OPERATION = 400;
const LEAST_STORAGE = 2 ** 30;

/** Bytes that the results of a run take; in the closed model, where operations are not planned, the least. */
export function storageFor(scenario: string, env: Readonly<Record<string, string>>): number {
  const { measured, warmUpOperations } = planLoad(scenario, parseSettings(env));
  const operations = measured.reduce((sum, { planned = 0 }) => sum + planned, warmUpOperations);
  return Math.max(LEAST_STORAGE, Math.ceil(operations * BYTES_AN_OPERATION * 2));
}

/** The environment that the archive is made in and every pod gets, beside its credentials. */
export const environmentFor = (
  given: Readonly<Record<string, string>>,
  run: { readonly name: string; readonly nodes: string; readonly parallelism: number },
): Record<string, string> => ({
  ...given,
  [SETTINGS.nodes.env]: run.nodes,
  [SETTINGS.run.env]: `load_${run.name.replaceAll('-', '_')}`,
  [SETTINGS.generators.env]: String(run.parallelism),
});
