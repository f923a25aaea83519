import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { $ } from 'zx';
import { Child } from '../../lib/node/process/child.ts';
import type { Program } from '../../lib/node/programs/program.ts';
import { portsFrom } from '../../lib/node/targets/ports.ts';

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

interface Rendered {
  readonly testRun: {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly parallelism: number;
      readonly arguments: string;
      readonly initializer: { readonly env: readonly Variable[] };
      readonly script: { readonly configMap: { readonly file: string } };
      readonly runner: {
        readonly env: readonly Variable[];
        readonly readinessProbe: { readonly exec: { readonly command: readonly string[] } };
      };
    };
  };
  readonly archive: Buffer;
  readonly coordinator: { readonly script: string; readonly env: readonly Variable[] };
}

/** What a folder of `npm run k8s -- render` asks of a cluster. */
export async function readRenderedFolder(folder: string): Promise<Rendered> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml'));
  const manifests = await Promise.all(files.map(async (file) => parse(await readFile(join(folder, file), 'utf8'))));
  const of = (kind: string, suffix = '') =>
    manifests.find((each) => each.kind === kind && each.metadata.name.endsWith(suffix));
  const [archive = ''] = Object.values<string>(of('ConfigMap', '-archive').binaryData);
  const [container] = of('Job').spec.template.spec.containers;
  const [script = ''] = Object.values<string>(of('ConfigMap', '-coordinator').data);
  return {
    testRun: of('TestRun'),
    archive: Buffer.from(archive, 'base64'),
    coordinator: { script, env: container.env },
  };
}

/** What k6-operator's initializer prints of a test before it makes runners: what k6 says that it takes. */
export async function initialize(k6: Program, { testRun, archive }: Rendered, folder: string): Promise<string> {
  const { spec } = testRun;
  const [file, again] = [join(folder, spec.script.configMap.file), join(folder, 'again.tar')];
  await writeFile(file, archive);
  const settings = spec.initializer.env.flatMap(({ name, value = '' }) => ['-e', `${name}=${value}`]);
  await $({ quiet: true })`${k6.location} archive ${file} -O ${again} ${settings} ${spec.arguments.split(' ')}`;
  return (await $({ quiet: true })`${k6.location} inspect --execution-requirements ${again}`).stdout;
}

/**
 * Does on this machine what k6-operator does with a TestRun (its pkg/resources/jobs and pkg/segmentation, v1.4.0): a k6 for
 * each runner with the very command line, an execution segment and the environment; a start of all when all are ready. Instead
 * of mounts there are paths below `folder`, instead of Services ports of this machine.
 * @returns exit codes of the runners, and of the coordinator
 */
export async function runAsOperator(
  k6: Program,
  { testRun, archive, coordinator }: Rendered,
  folder: string,
  secret: Readonly<Record<string, string>>,
): Promise<{ runners: (number | null)[]; coordinator: number | null }> {
  const { spec, metadata } = testRun;
  const file = join(folder, spec.script.configMap.file);
  await writeFile(file, archive);
  const script = join(folder, 'coordinator.js');
  await writeFile(script, coordinator.script);
  const ports = await portsFrom(0, spec.parallelism);
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const start = (command: readonly string[], env: Record<string, string>, name: string) =>
    Child.start([k6.location, ...command], { env, log: join(folder, `${name}.log`) });

  const runners = await Promise.all(
    ports.map(async (port, index) => {
      const name = `${metadata.name}-${index + 1}`;
      const env = resolved(spec.runner.env, secret, { "metadata.labels['job-name']": name });
      const own = Object.entries(env).map(([key, value]) => [key, value.replace(/^\/results\//, `${folder}/${name}/`)]);
      await mkdir(join(folder, name));
      const segments = Array.from({ length: spec.parallelism + 1 }, (_, at) => edge(at, spec.parallelism));
      const command = [
        ...['run', '--quiet', `--execution-segment=${segments[index]}:${segments[index + 1]}`],
        ...[`--execution-segment-sequence=${segments.join(',')}`, ...spec.arguments.split(' '), file],
        ...[`--address=127.0.0.1:${port}`, '--paused', '--tag', `instance_id=${index + 1}`],
        ...['--tag', `testrun_name=${metadata.name}`],
      ];
      return await start(command, Object.fromEntries(own), name);
    }),
  );
  const conducting = await start(
    ['run', '--quiet', script],
    { ...resolved(coordinator.env, secret, {}), RUNNERS: urls.join(',') },
    'coordinator',
  );
  const probe = spec.runner.readinessProbe.exec.command.at(-1) ?? '';
  if (!probe.includes('/v1/setup') || !probe.includes('token')) throw new Error(`another readiness probe: ${probe}`);
  for (const url of urls)
    while (conducting.running && !(await textOf(`${url}/v1/setup`)).includes('token')) await sleep(50);
  const body = JSON.stringify({ data: { attributes: { paused: false }, id: 'default', type: 'status' } });
  await Promise.all(urls.map((url) => fetch(`${url}/v1/status`, { method: 'PATCH', body }).catch(() => undefined)));
  const codes = await Promise.all(runners.map(({ exited }) => exited));
  return { runners: codes.map(({ code }) => code), coordinator: (await conducting.exited).code };
}

const edge = (at: number, of: number): string => (at === 0 ? '0' : at === of ? '1' : `${at}/${of}`);

const textOf = (url: string): Promise<string> =>
  fetch(url).then(
    (answer) => answer.text(),
    () => '',
  );

function resolved(
  env: readonly Variable[],
  secret: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [
      name,
      value ?? secret[valueFrom?.secretKeyRef?.key ?? ''] ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''] ?? '',
    ]),
  );
}
