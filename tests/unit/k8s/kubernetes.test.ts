// Manifests are what Kubernetes takes: by its own schemas and those of the operators (tests/support/kubernetes).
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { clockLine } from '../../../lib/core/history/history.ts';
import { scenarioSettings } from '../../../lib/node/catalog/catalog.ts';
import { checkSize } from '../../../lib/node/k8s/archive.ts';
import { checkName, checkReference, type KubernetesRun } from '../../../lib/node/k8s/kubernetes-run.ts';
import { type Manifest, manifestsOf, readerPod } from '../../../lib/node/k8s/manifests.ts';
import { environmentFor, storageFor, yamlOf } from '../../../lib/node/k8s/render.ts';
import { beginningOf, checkTogether, problemOfResults } from '../../../lib/node/k8s/runner-results.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { temporaryFolder } from '../../support/commands.ts';
import { problemsOf } from '../../support/kubernetes/validate.ts';

const RUN: KubernetesRun = {
  kubernetes: 1,
  name: 'n'.repeat(40),
  scenario: 'writes',
  parallelism: 3,
  namespace: 'surrealdb-load',
  env: { LOAD_RATE: '300', SURREAL_NODES: 'http://a:8000,http://b:8000' },
  secret: 'surrealdb-root',
  cpu: 2,
  memory: 2 ** 31,
  storage: 2 ** 30,
  k6: '2.2.0',
  command: 'npm run k8s -- render writes',
};
const rendered = (run: KubernetesRun = RUN): Manifest[] =>
  [...manifestsOf(run, 'export default () => {};', Buffer.from('an archive')), readerPod(run)].map((manifest) =>
    parse(yamlOf(manifest)),
  );
const SYSTEM = join(PROJECT_ROOT, 'k8s');
const system = (): Manifest[] =>
  readdirSync(SYSTEM)
    .filter((file) => file !== 'kustomization.yaml')
    .flatMap((file) => parseAllDocuments(readFileSync(join(SYSTEM, file), 'utf8')).map((each) => each.toJS()));

test('every rendered manifest is valid', () => {
  for (const manifest of [...rendered(), ...rendered({ ...RUN, storageClass: 'nfs' })])
    assert.deepEqual(problemsOf(manifest), [], `${manifest.kind} ${manifest.metadata.name}`);
  const onVolume = manifestsOf({ ...RUN, archiveVolume: 'archives' }, '', undefined);
  assert.deepEqual(onVolume.flatMap(problemsOf), []);
  assert.ok(!onVolume.some(({ metadata }) => metadata.name.endsWith('-archive')));
});

test('every manifest of k8s/ is valid', () => {
  const manifests = system();
  assert.equal(manifests.length, 9);
  for (const manifest of manifests) assert.deepEqual(problemsOf(manifest), [], `${manifest.kind}`);
});

const of = (kind: string, manifests: readonly Manifest[]): Record<string, unknown> =>
  structuredClone(manifests.find((each) => each.kind === kind)) as never;

test('a spoilt manifest is not valid', () => {
  const spoil = (manifest: Record<string, unknown>, path: string, value: unknown): string[] => {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, manifest);
    parent[last] = value;
    return problemsOf(manifest as Manifest);
  };
  const run = rendered();
  assert.match(spoil(of('TestRun', run), 'spec.parallelism', 'three').join(), /parallelism must be integer/);
  assert.match(spoil(of('TestRun', run), 'spec.runners', {}).join(), /additional properties.*runners/);
  assert.match(spoil(of('TestRun', run), 'spec.runner.env.0', { value: 'x' }).join(), /required property 'name'/);
  assert.match(spoil(of('TestRun', run), 'spec.cleanup', 'now').join(), /allowed values/);
  assert.match(spoil(of('TidbCluster', system()), 'spec.tikv.replica', 3).join(), /additional properties.*replica/);
  assert.match(spoil(of('StatefulSet', system()), 'spec.template.spec.container', []).join(), /additional properties/);
  assert.match(spoil(of('Job', run), 'spec.backoffLimit', 'none').join(), /backoffLimit must be integer/);
});

test('credentials come by reference, and every pod is without privileges', () => {
  const text = rendered().map(yamlOf).join();
  assert.equal([...text.matchAll(/name: SURREAL_PASS\n\s+valueFrom:\n\s+secretKeyRef:/g)].length, 2);
  assert.ok(!/SURREAL_PASS\n\s+value:/.test(text));
  for (const manifest of [...rendered(), ...system()]) {
    const containers = JSON.stringify(manifest).match(/"containers":\[/g)?.length ?? 0;
    const confined = JSON.stringify(manifest).match(/"allowPrivilegeEscalation":false/g)?.length ?? 0;
    assert.ok(confined >= containers, `${manifest.kind} ${manifest.metadata.name}`);
  }
});

test('the runners are on machines of their own, and each writes a folder of its own', () => {
  const { runner } = of('TestRun', rendered()).spec as {
    runner: { affinity: object; volumeMounts: { subPathExpr: string }[] };
  };
  assert.match(JSON.stringify(runner.affinity), /podAntiAffinity.*kubernetes.io\/hostname/);
  assert.deepEqual(
    runner.volumeMounts.map(({ subPathExpr }) => subPathExpr),
    ['$(RUNNER)'],
  );
});

test('versions are those of compose.yml, in one place', () => {
  const compose = parse(readFileSync(join(PROJECT_ROOT, 'compose.yml'), 'utf8'), { merge: true });
  const { images, patches } = parse(readFileSync(join(SYSTEM, 'kustomization.yaml'), 'utf8'));
  const pinned = (image: string) => /:-(.*)\}$/.exec(compose['x-images'][image])?.[1];
  assert.deepEqual(images, [{ name: 'surrealdb/surrealdb', newTag: pinned('surrealdb') }]);
  const [{ value }] = parse(patches[0].patch);
  assert.equal(value, pinned('tikv'));
  assert.equal(value, pinned('pd'));
  const elsewhere = readdirSync(SYSTEM).filter((file) => file !== 'kustomization.yaml');
  for (const file of elsewhere)
    assert.ok(!readFileSync(join(SYSTEM, file), 'utf8').includes(`: ${value}`), `${file} names a version`);
});

test('names fit into those that operators make of them', () => {
  checkName('--name', RUN.name);
  assert.throws(() => checkName('--name', `${RUN.name}n`), /at most 40 characters/);
  for (const { metadata } of rendered({ ...RUN, parallelism: 64 }))
    assert.ok(metadata.name.length <= 63, metadata.name);
  for (const name of ['Writes', '-writes', 'writes-', 'wri_tes', '1writes', ''])
    assert.throws(() => checkName('--name', name), /must be lower-case/);
});

test('objects that a run refers to have names that Kubernetes can have', () => {
  for (const name of ['surrealdb-root', 'nfs.example.com', 'n'.repeat(253)]) checkReference('--secret', name);
  for (const name of ['Root', 'a_b', '-a', 'a.', '', 'n'.repeat(254)])
    assert.throws(() => checkReference('--secret', name), /--secret must be the name of an object/);
});

test('forty nodes reach every pod', () => {
  const nodes = Array.from({ length: 40 }, (_, index) => `http://surrealdb-${index}.surrealdb-nodes:8000`).join(',');
  const env = environmentFor({}, { name: 'forty', nodes, parallelism: 3 });
  assert.equal(scenarioSettings('writes', env).nodes.length, 40);
  const manifests = rendered({ ...RUN, env });
  assert.deepEqual(manifests.flatMap(problemsOf), []);
  for (const kind of ['Job', 'TestRun']) assert.ok(JSON.stringify(of(kind, manifests)).includes(nodes), kind);
});

const SUMMARY = JSON.stringify({ summary: 1, scenario: 'writes', phases: [], metrics: {} });
const HEADER = JSON.stringify({ history: 1, scenario: 'writes', seed: 1, nodes: [] });
const RESULTS: readonly (readonly [name: string, files: Record<string, string>, says: RegExp | undefined])[] = [
  ['whole results', { 'summary.json': SUMMARY, 'history.ndjson': `${HEADER}\n` }, undefined],
  ['results without a header, as all but the first have them', { 'summary.json': SUMMARY }, undefined],
  ['no summary', {}, /pod writes-1\) wrote no summary/],
  ['an empty summary', { 'summary.json': '\n' }, /wrote an empty summary/],
  ['a summary that was cut', { 'summary.json': SUMMARY.slice(0, -9) }, /cut short or not one of this suite/],
  ['a summary of something else', { 'summary.json': '{"root_group":{}}' }, /cut short or not one of this suite/],
];
for (const [name, contents, says] of RESULTS)
  test(`what a runner left is looked at: ${name}`, async () => {
    await using folder = await temporaryFolder();
    const file = (each: string): string => join(folder.path, each);
    for (const [each, text] of Object.entries(contents)) await writeFile(file(each), text);
    const problem = await problemOfResults({ name: 'writes', scenario: 'writes', env: {} }, 'writes-1', { file });
    if (says === undefined) assert.equal(problem, undefined);
    else assert.match(problem ?? '', says);
    // What is not read is kept, but not as a summary.
    if (says !== undefined) assert.ok(!existsSync(file('summary.json')));
  });

test('results of another run are refused by the name of the pod', async () => {
  for (const contents of [
    { 'summary.json': SUMMARY },
    { 'summary.json': SUMMARY.replace('writes', 'bank'), 'history.ndjson': `a message\n${HEADER}\n` },
  ]) {
    await using folder = await temporaryFolder();
    const file = (each: string): string => join(folder.path, each);
    for (const [each, text] of Object.entries(contents)) await writeFile(file(each), text);
    await assert.rejects(
      problemOfResults({ name: 'bank-night', scenario: 'bank', env: {} }, 'bank-night-2', { file }),
      /The results of pod bank-night-2 are of another run: its (summary|history) is of scenario writes, but bank-night is of bank/,
    );
  }
});

test('results of another run of the same scenario are refused by its name and seed', async () => {
  const env = { LOAD_NAMESPACE: 'load_night', LOAD_SEED: '7' };
  for (const [is, says] of [
    [
      { run: 'load_day', seed: 7 },
      /pod night-2 are of another run: its summary is of run load_day, but night is of load_night/,
    ],
    [{ run: 'load_night', seed: 8 }, /its summary is of seed 8, but night is of 7/],
    [{ run: 'load_night', seed: 7 }, undefined],
  ] as const) {
    await using folder = await temporaryFolder();
    const file = (each: string): string => join(folder.path, each);
    await writeFile(file('summary.json'), JSON.stringify({ ...JSON.parse(SUMMARY), ...is }));
    const problem = problemOfResults({ name: 'night', scenario: 'writes', env }, 'night-2', { file });
    if (says === undefined) assert.equal(await problem, undefined);
    else await assert.rejects(problem, says);
  }
});

test('results that an earlier run of the same name left are refused, and those of pods that began apart are not', async () => {
  const run = { name: 'night' };
  await using folder = await temporaryFolder();
  const began = async (pod: string, seconds: number) => {
    const history = join(folder.path, `${pod}.ndjson`);
    const looks = [
      { earliest: 0, latest: 1 },
      { node: 'surreal-1', earliest: seconds * 1000, latest: seconds * 1000 + 2 },
    ];
    await writeFile(history, `a message\n${looks.map((look) => `${clockLine({ at: 5, ...look })}\n`).join('')}`);
    return { pod, began: (await beginningOf(history)) ?? Number.NaN };
  };
  const [first, second, old] = [
    await began('night-1', 7200),
    await began('night-2', 7230),
    await began('night-3', 3600),
  ];
  checkTogether(run, [first, second], 60_000);
  assert.throws(
    () => checkTogether(run, [first, old, second], 60_000),
    /pod night-3 are of another run of night: it began at 1970-01-01T01:00:00.000Z/,
  );
});

test('an archive that no ConfigMap holds is refused, with the way out', () => {
  checkSize(Buffer.alloc(2 ** 20));
  assert.throws(() => checkSize(Buffer.alloc(2 ** 20 + 1)), /1048577 bytes.*--archive-volume CLAIM/);
});

test("results' volumes hold every planned operation", () => {
  assert.equal(storageFor('writes', { LOAD_RATE: '1' }), 2 ** 30);
  assert.ok(storageFor('writes', { LOAD_RATE: '100000', LOAD_DURATION: '1h' }) > 100_000 * 3600 * 300);
});
