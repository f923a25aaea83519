// A load rendered for k6-operator, run here as k6-operator would run it, and judged as one: there is no Kubernetes on the
// machines that run these tests.
import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { RunSummary } from '../../lib/core/verdict/summary.ts';
import { sql } from '../../lib/node/cluster/sql.ts';
import { readHistory } from '../../lib/node/load/history/history-file.ts';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { signIn } from '../../lib/node/targets/http.ts';
import { FAULTS } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { assertRight } from '../support/answers.ts';
import { type Result, startScript, temporaryFolder } from '../support/commands.ts';
import { initialize, readRenderedFolder, runAsOperator } from '../support/k6-operator.ts';
import { credentialsOf, NO_SURREAL, type Server, startServers } from '../support/servers.ts';

const k8s = (args: readonly string[], env: Record<string, string> = {}): Promise<Result> =>
  startScript('k8s', args, env).result;
const k6 = await findK6({ say: () => {} });

interface Root {
  readonly namespaces: Readonly<Record<string, string>>;
}

const SHORT = ['--profile', 'round', '--rate', '150', '--duration', '2s', '--seed', '7'];

test('what is not known is refused: exit code 2', async () => {
  for (const [args, message] of [
    [['render', 'write'], /There is no scenario "write"/],
    [['render', 'writes', '--parallelism', '1'], /--parallelism must be a whole number from 2 to 64 \(got "1"\)/],
    [['render', 'writes', '--name', 'Nights'], /--name must be lower-case letters.*\(got "Nights"\)/],
    [['render', 'writes', '--out', 'lib'], /lib holds something else already/],
    [['collect', 'lib'], /There is no rendered run in lib/],
    [['collect'], /missing required argument/],
  ] as const) {
    const { code, stderr } = await k8s(args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});

describe('a run by k6-operator', { skip: NO_SURREAL, timeout: 180_000 }, () => {
  let secret: Record<string, string>;
  let server: Server;
  let work: Awaited<ReturnType<typeof temporaryFolder>>;
  let rendered: string;
  let pods: string;
  let name: string;

  before(async () => {
    server = await startServers();
    secret = credentialsOf(server);
    work = await temporaryFolder();
    rendered = join(work.path, 'rendered');
    pods = join(work.path, 'pods');
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await work?.[Symbol.asyncDispose]();
  });

  /** Renders a load of `url` and runs it. */
  async function run(url: string, to: string, results: string): Promise<void> {
    const args = ['render', 'writes', '--parallelism', '2', '--nodes', url, '--out', to, ...SHORT];
    const { code, stdout, stderr } = await k8s(args, secret);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /kubectl apply -k/);
    await mkdir(results);
    const asked = await readRenderedFolder(to);
    name = asked.testRun.metadata.name;
    const codes = await runAsOperator(k6, asked, results, secret);
    assert.deepEqual(codes.coordinator, 0, await readFile(join(results, 'coordinator.log'), 'utf8'));
    assert.deepEqual(codes.runners, [0, 0], await readFile(join(results, `${name}-1.log`), 'utf8'));
  }

  test('its runners send what one k6 would, and are judged as one', async () => {
    await run(server.nodes[0]?.url ?? '', rendered, pods);
    const result = await k8s(['collect', rendered, '--from', pods]);
    await assertRight(result);
    assert.match(result.stdout, /checker writes: valid/);
    const summary = JSON.parse(await readFile(join(result.results ?? '', 'summary.json'), 'utf8')) as RunSummary;
    // Two whole loads would be 600. Of a machine that is short of CPU, which the verdict says, no more can be asked.
    const { ok = 0 } = summary.phases[0]?.outcomes ?? {};
    assert.ok(ok >= (result.code === 0 ? 299 : 200) && ok <= 301, `${ok}: the rate of one load`);
    const { header, operations } = await readHistory(join(result.results ?? '', 'history.ndjson.gz'));
    assert.equal(new Set(operations.map(({ generator }) => generator)).size, 2);
    assert.ok((header.generators?.[1]?.uncertainty ?? 0) > 0, "clocks were compared by the node's");
    assert.ok((header.generators?.[1]?.uncertainty ?? 100) < 50, 'milliseconds');
    const { url = '' } = server.nodes[0] ?? {};
    const root = (await sql({ url, token: await signIn(url, server.credentials) }, 'INFO FOR ROOT')) as Root;
    assert.ok(!Object.keys(root.namespaces).some((each) => each.startsWith('load_')), 'the coordinator removed it');
    await rm(result.results ?? '', { recursive: true });
  });

  test('no file that was rendered holds a password', async () => {
    for (const file of await readdir(rendered)) {
      const text = await readFile(join(rendered, file), 'latin1');
      assert.ok(!text.includes(server.credentials.pass), file);
    }
    assert.ok(!(await readRenderedFolder(rendered)).archive.toString('latin1').includes(server.credentials.pass));
  });

  test("k6-operator's initializer finds a test of the right size", async () => {
    const asked = JSON.parse(await initialize(k6, await readRenderedFolder(rendered), work.path));
    assert.equal(asked.maxVUs, 50);
    assert.equal(asked.scenarios.writes.startRate, 150);
  });

  test('a set-up that fails ends the runners and says why', async () => {
    const results = join(work.path, 'refused');
    await mkdir(results);
    const wrong = { ...secret, SURREAL_PASS: 'another' };
    const codes = await runAsOperator(k6, await readRenderedFolder(rendered), results, wrong);
    assert.equal(codes.coordinator, 108);
    const log = await readFile(join(results, 'coordinator.log'), 'utf8');
    assert.match(log, /The set-up failed: .*refused root user/);
    assert.ok(!log.includes('another'));
  });

  test('clocks of machines that are right within a figure widen the bound by twice it', async () => {
    const result = await k8s(['collect', rendered, '--from', pods, '--clock-uncertainty', '250ms']);
    await assertRight(result);
    const { header } = await readHistory(join(result.results ?? '', 'history.ndjson.gz'));
    assert.ok((header.generators?.[1]?.uncertainty ?? 0) > 500);
    await rm(result.results ?? '', { recursive: true });
  });

  test('kubectl brings the results home, and is asked for nothing else', async () => {
    const log = join(work.path, 'kubectl.log');
    const stub = join(work.path, 'kubectl');
    await writeFile(
      stub,
      `#!/bin/sh
echo "$@" >> ${log}
case "$2" in
  get) echo finished ;;
  apply) cat >> ${log}; echo >> ${log} ;;
  cp) cp -r ${pods}/. "$4" ;;
esac
`,
    );
    await chmod(stub, 0o755);
    const result = await k8s(['collect', rendered], { PATH: `${work.path}${delimiter}${process.env.PATH}` });
    await assertRight(result);
    const asked = (await readFile(log, 'utf8')).split('\n');
    const copied = asked.find((line) => line.includes(' cp ')) ?? '';
    assert.deepEqual(
      asked.filter((line) => line.startsWith('--namespace=surrealdb-load ') && line !== copied),
      [
        `get testrun ${name} --output=jsonpath={.status.stage}`,
        'apply --filename=-',
        `wait --for=condition=Ready pod/${name}-reader --timeout=300s`,
        `delete pod ${name}-reader --ignore-not-found --wait=false`,
      ].map((line) => `--namespace=surrealdb-load ${line}`),
    );
    assert.match(copied, new RegExp(`^--namespace=surrealdb-load cp ${name}-reader:/results \\S+ --retries=3$`));
    const pod = JSON.parse(asked.find((line) => line.startsWith('{')) ?? '{}');
    assert.equal(pod.metadata.name, `${name}-reader`);
    await rm(result.results ?? '', { recursive: true });
  });

  test('a run that is not done is not collected', async () => {
    const stub = join(work.path, 'kubectl');
    await writeFile(stub, '#!/bin/sh\necho started\n');
    const { code, stderr } = await k8s(['collect', rendered], {
      PATH: `${work.path}${delimiter}${process.env.PATH}`,
    });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /has not finished \(stage "started"\)/);
  });

  test('a runner that was ended before its time makes the run invalid; what the other saw is kept', async () => {
    const partly = join(work.path, 'partly');
    await cp(pods, partly, { recursive: true });
    await rm(join(partly, `${name}-2`, 'summary.json'));
    const result = await k8s(['collect', rendered, '--from', partly]);
    assert.equal(result.code, 98, result.stdout + result.stderr);
    assert.match(result.stdout, /^INVALID: Generator 2 \(pod \S+-2\) wrote no summary/m);
    await rm(result.results ?? '', { recursive: true });
  });

  test('a server that loses writes is found', async () => {
    const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS['lose-write'](100));
    const [other, results] = [join(work.path, 'of-liar'), join(work.path, 'pods-of-liar')];
    await k8s(['render', 'writes', '--parallelism', '2', '--nodes', liar.url, '--out', other, ...SHORT], secret);
    await mkdir(results);
    const { runners } = await runAsOperator(k6, await readRenderedFolder(other), results, secret);
    await liar.close();
    assert.ok(runners.includes(99), 'a threshold of k6 broke as well');
    const result = await k8s(['collect', other, '--from', results]);
    assert.equal(result.code, 99, result.stdout + result.stderr);
    assert.match(result.stdout, /^FAIL: A create was acknowledged, but a node lacks the record/m);
    await rm(result.results ?? '', { recursive: true });
  });
});
