// The compose files as Docker understands them, and the cluster that they make.
// Exclusive use of the machine: nine containers are what two cores carry.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { NO_CLUSTER, NO_COMPOSE, NO_PROMETHEUS } from '../support/containers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DASHBOARDS = join(ROOT, 'cluster/grafana/dashboards');
const PASSWORD = 'not-to-be-seen-9c1f';
const ONE_SHOT = 'volume-owner';

const Service = v.object({
  image: v.string(),
  user: v.string(),
  entrypoint: v.nullish(v.array(v.string())),
  command: v.nullish(v.array(v.string())),
  environment: v.optional(v.record(v.string(), v.nullable(v.string())), {}),
  ports: v.optional(
    v.array(v.object({ host_ip: v.optional(v.string()), published: v.string(), target: v.number() })),
    [],
  ),
  healthcheck: v.optional(v.object({ test: v.array(v.string()) })),
  depends_on: v.optional(v.record(v.string(), v.object({ condition: v.string() })), {}),
  networks: v.optional(v.record(v.string(), v.unknown()), {}),
  volumes: v.optional(
    v.array(
      v.object({ type: v.string(), source: v.string(), target: v.string(), read_only: v.optional(v.boolean(), false) }),
    ),
    [],
  ),
  restart: v.string(),
  mem_limit: v.string(),
  read_only: v.boolean(),
  cap_drop: v.array(v.string()),
  cap_add: v.optional(v.array(v.string()), []),
  security_opt: v.array(v.string()),
  privileged: v.optional(v.boolean(), false),
});
const Config = v.object({
  name: v.string(),
  services: v.record(v.string(), Service),
  networks: v.record(v.string(), v.unknown()),
  volumes: v.record(v.string(), v.unknown()),
});
type Config = v.InferOutput<typeof Config>;

const Dashboard = v.object({
  uid: v.string(),
  title: v.string(),
  panels: v.array(
    v.object({
      id: v.number(),
      title: v.string(),
      datasource: v.object({ uid: v.string() }),
      targets: v.array(v.object({ expr: v.string(), datasource: v.object({ uid: v.string() }) })),
    }),
  ),
});

const PDS = ['pd-1', 'pd-2', 'pd-3'];
const STORES = ['tikv-1', 'tikv-2', 'tikv-3'];
const NODES = ['surreal-1', 'surreal-2', 'surreal-3'];
const CLUSTERS = [
  { overrides: [], pds: PDS, stores: STORES, nodes: NODES },
  { overrides: ['measure'], pds: PDS, stores: STORES, nodes: NODES },
  { overrides: ['two-nodes'], pds: PDS, stores: STORES, nodes: ['surreal-1', 'surreal-2'] },
  { overrides: ['one-node'], pds: PDS, stores: STORES, nodes: ['surreal-1'] },
  { overrides: ['single-store'], pds: ['pd-1'], stores: ['tikv-1'], nodes: NODES },
  { overrides: ['single-store', 'two-nodes'], pds: ['pd-1'], stores: ['tikv-1'], nodes: ['surreal-1', 'surreal-2'] },
  { overrides: ['measure', 'single-store', 'one-node'], pds: ['pd-1'], stores: ['tikv-1'], nodes: ['surreal-1'] },
];

const run = promisify(execFile);

/** Docker without the settings of the machine it runs on, which would get before those of the test. */
async function docker(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(SURREAL|COMPOSE_|TIKV_|PD_|PROMETHEUS_|GRAFANA_)/.test(name),
  );
  const env = { ...Object.fromEntries(own), ...settings };
  const { stdout } = await run('docker', args, { cwd: ROOT, env, maxBuffer: 32 * 1024 * 1024 });
  return stdout;
}

const files = (overrides: readonly string[]): string[] =>
  ['compose.yml', ...overrides.map((name) => `compose.${name}.yml`)].flatMap((file) => ['-f', file]);

async function config(
  envFile: string,
  overrides: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Config> {
  const args = ['compose', '--env-file', envFile, ...files(overrides), '--profile', 'monitoring', 'config'];
  return v.parse(Config, JSON.parse(await docker([...args, '--format', 'json'], settings)));
}

const dashboards = () =>
  readdirSync(DASHBOARDS).map((file) => v.parse(Dashboard, JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8'))));

describe('compose files', { skip: NO_COMPOSE }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'compose-test-'));
  const envFile = join(folder, 'env');
  writeFileSync(envFile, `SURREAL_PASS=${PASSWORD}\nGRAFANA_ADMIN_PASSWORD=${PASSWORD}\n`);
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const { overrides, pds, stores, nodes } of CLUSTERS)
    describe(['compose.yml', ...overrides].join(' + '), () => {
      let it: Config;
      let services: [string, v.InferOutput<typeof Service>][];
      let lasting: typeof services;
      before(async () => {
        it = await config(envFile, overrides);
        services = Object.entries(it.services);
        lasting = services.filter(([name]) => name !== ONE_SHOT);
      });

      test('has the services that it says, under a fixed project name', () => {
        const expected = [ONE_SHOT, ...pds, ...stores, ...nodes, 'prometheus', 'grafana'];
        assert.deepEqual(Object.keys(it.services).sort(), expected.sort());
        assert.equal(it.name, 'surrealdb-load');
      });

      test('publishes ports on loopback only, each once', () => {
        const ports = services.flatMap(([, service]) => service.ports);
        for (const port of ports) assert.equal(port.host_ip, '127.0.0.1', `port ${port.published}`);
        const expected = nodes.map((_, index) => `${8000 + index}`);
        assert.deepEqual(ports.map((port) => port.published).sort(), [...expected, '2379', '3000', '9090'].sort());
      });

      test('checks the health of every service that stays', () => {
        for (const [name, { healthcheck, restart }] of lasting) {
          assert.match(healthcheck?.test[0] ?? '', /^CMD/, name);
          assert.equal(restart, 'on-failure', name);
        }
      });

      test('waits for the health of what a service needs', () => {
        const needs = (name: string) => Object.keys(it.services[name]?.depends_on ?? {}).sort();
        for (const pd of pds) assert.deepEqual(needs(pd), [ONE_SHOT]);
        for (const store of stores) assert.deepEqual(needs(store), pds);
        for (const node of nodes) assert.deepEqual(needs(node), stores);
        for (const [name, { depends_on }] of services)
          for (const [needed, { condition }] of Object.entries(depends_on)) {
            assert.ok(needed in it.services, `${name} needs ${needed}, which is not there`);
            assert.equal(condition, needed === ONE_SHOT ? 'service_completed_successfully' : 'service_healthy');
          }
      });

      test('pins every version', () => {
        for (const [name, { image }] of services) assert.match(image, /^[\w/]+:v?\d+\.\d+\.\d+$/, name);
      });

      test('gives no service more rights than it needs', () => {
        for (const [name, service] of services) {
          assert.deepEqual(service.cap_drop, ['ALL'], name);
          assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
          assert.ok(service.read_only && !service.privileged, name);
          assert.deepEqual(service.cap_add, name === ONE_SHOT ? ['CHOWN'] : [], name);
        }
        for (const [name, { user }] of lasting) assert.match(user, /^[1-9]\d*:\d+$/, name);
      });

      test('limits the memory of every service, of SurrealDB well above the 200 MB that it may need', () => {
        for (const [name, { mem_limit }] of services) assert.ok(Number(mem_limit) > 0, name);
        for (const node of nodes) assert.ok(Number(it.services[node]?.mem_limit) > 2 * 200e6, node);
      });

      test('shows passwords in the environment only', () => {
        for (const [name, { environment, ...shown }] of services) {
          assert.ok(!JSON.stringify(shown).includes(PASSWORD), name);
          if (nodes.includes(name)) {
            assert.equal(environment.SURREAL_USER, 'root');
            assert.equal(environment.SURREAL_PASS, PASSWORD);
          }
        }
        assert.equal(it.services.grafana?.environment.GF_SECURITY_ADMIN_PASSWORD, PASSWORD);
      });

      test('gives each node one PD address, spread over the members', () => {
        const addresses = nodes.map((node) => it.services[node]?.environment.SURREAL_PATH ?? '');
        for (const address of addresses)
          assert.ok(pds.includes(/^tikv:\/\/([\w-]+):2379$/.exec(address)?.[1] ?? ''), address);
        assert.equal(new Set(addresses).size, Math.min(nodes.length, pds.length));
      });

      test('mounts files that are there, to be read only, and volumes of one service each', () => {
        for (const [name, { volumes }] of services)
          for (const { type, source, target, read_only } of volumes)
            if (type === 'bind') assert.ok(existsSync(source) && read_only, `${name}: ${target}`);
            else assert.ok(source in it.volumes, `${name}: ${source}`);
        const data = lasting.flatMap(([, { volumes }]) => volumes.filter(({ type }) => type === 'volume'));
        assert.equal(new Set(data.map(({ source }) => source)).size, data.length);
        const owned = it.services[ONE_SHOT]?.volumes.map(({ source }) => source) ?? [];
        const stored = [...pds, ...stores].flatMap((name) =>
          (it.services[name]?.volumes ?? []).filter(({ target }) => target === '/data').map(({ source }) => source),
        );
        assert.deepEqual(owned.sort(), stored.sort());
      });

      test('separates clients from stores, so that a node can be cut off from the stores alone', () => {
        for (const node of nodes)
          assert.deepEqual(Object.keys(it.services[node]?.networks ?? {}).sort(), ['clients', 'cluster']);
        for (const name of [...pds, ...stores])
          assert.deepEqual(Object.keys(it.services[name]?.networks ?? {}), ['cluster']);
        assert.deepEqual(Object.keys(it.services.grafana?.networks ?? {}), ['monitoring']);
      });

      test('has Prometheus scrape exactly the services that there are', () => {
        const mounts = it.services.prometheus?.volumes ?? [];
        const folder = mounts.find(({ target }) => target === '/etc/prometheus')?.source ?? '';
        const scraped = ['surreal', 'tikv', 'pd'].flatMap((role) => {
          const target = `/etc/prometheus/targets/${role}.yml`;
          const file = mounts.find((mount) => mount.target === target)?.source ?? join(folder, `targets/${role}.yml`);
          return [...readFileSync(file, 'utf8').matchAll(/"([\w-]+):\d+"/g)].map(([, name]) => name);
        });
        assert.deepEqual(scraped.sort(), [...pds, ...stores, ...nodes].sort());
      });
    });

  test('work without .env, with the public password', async () => {
    const { services } = await config('/dev/null', []);
    assert.equal(services['surreal-1']?.environment.SURREAL_PASS, 'root');
  });

  test('take ports and versions from the environment', async () => {
    const { services } = await config('/dev/null', [], { SURREAL_2_PORT: '18001', SURREALDB_VERSION: 'v3.3.4' });
    assert.equal(services['surreal-2']?.ports[0]?.published, '18001');
    assert.equal(services['surreal-3']?.image, 'surrealdb/surrealdb:v3.3.4');
  });

  test('go with the example settings', async () => {
    const { services } = await config('.env.example', []);
    assert.equal(services['surreal-1']?.environment.SURREAL_PASS, 'change-me');
  });
});

describe('dashboards', () => {
  const provisioned = readFileSync(join(ROOT, 'cluster/grafana/provisioning/datasources/prometheus.yml'), 'utf8');
  const uid = /uid: (\S+)/.exec(provisioned)?.[1];
  const prometheus = readFileSync(join(ROOT, 'cluster/prometheus/prometheus.yml'), 'utf8');

  test('are about the cluster, the load and consistency, and take their data from the provisioned source', () => {
    assert.deepEqual(
      dashboards()
        .map(({ title }) => title)
        .sort(),
      ['Cluster', 'Consistency', 'Load'],
    );
    for (const { title, panels } of dashboards()) {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, title);
      for (const panel of panels)
        for (const { datasource } of [panel, ...panel.targets]) assert.equal(datasource.uid, uid, panel.title);
    }
  });

  test('use no metric of SurrealDB that Prometheus drops', () => {
    const kept = new RegExp(`^(?:${/regex: (surrealdb_\S+)/.exec(prometheus)?.[1]}|surrealdb_(?:process|build)_\\w+)$`);
    const used = dashboards().flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
    for (const [metric] of used.join('\n').matchAll(/\bsurrealdb_\w+/g)) assert.match(metric, kept);
  });
});

describe('the cluster of compose.yml', { skip: NO_CLUSTER, timeout: 300_000 }, () => {
  const project = `surrealdb-load-test-${process.pid}`;
  const anyPort = Object.fromEntries(
    ['SURREAL_1_PORT', 'SURREAL_2_PORT', 'SURREAL_3_PORT', 'PD_PORT', 'PROMETHEUS_PORT'].map((name) => [name, '0']),
  );
  const compose = (...args: string[]) =>
    docker(['compose', '-p', project, '--env-file', '/dev/null', '--profile', 'monitoring', ...args], {
      ...anyPort,
      SURREAL_PASS: PASSWORD,
    });
  const urlOf = async (service: string, port: number) =>
    `http://${(await compose('port', service, String(port))).trim()}`;
  const query = async (node: string, token: string, text: string): Promise<unknown> => {
    const headers = { Accept: 'application/json', Authorization: `Bearer ${token}` };
    const response = await fetch(`${await urlOf(node, 8000)}/sql`, { method: 'POST', headers, body: text });
    return v.parse(v.array(v.object({ status: v.literal('OK'), result: v.unknown() })), await response.json()).at(-1)
      ?.result;
  };

  before(() => compose('up', '-d', '--wait', '--pull', 'never', ...PDS, ...STORES, ...NODES));
  after(() => compose('down', '-v', '--remove-orphans', '--timeout', '2'));

  test('reads on one node what another has written, with one token', async () => {
    const body = JSON.stringify({ user: 'root', pass: PASSWORD });
    const headers = { Accept: 'application/json' };
    const signin = await fetch(`${await urlOf('surreal-1', 8000)}/signin`, { method: 'POST', headers, body });
    const { token } = v.parse(v.object({ token: v.string() }), await signin.json());
    await query('surreal-1', token, 'USE NS main DB main; CREATE note:1 SET text = "written on surreal-1"');
    for (const node of NODES) {
      const read = await query(node, token, 'USE NS main DB main; SELECT VALUE text FROM note:1');
      assert.deepEqual(read, ['written on surreal-1'], node);
    }
  });

  test('refuses the public password', async () => {
    const body = JSON.stringify({ user: 'root', pass: 'root' });
    const response = await fetch(`${await urlOf('surreal-2', 8000)}/signin`, { method: 'POST', body });
    assert.equal(response.status, 401);
  });

  test('shows no password in a process list or a log', async () => {
    assert.ok(!(await compose('top')).includes(PASSWORD));
    assert.ok(!(await compose('logs')).includes(PASSWORD));
  });

  test('is unchanged by a second up', async () => {
    const before = await compose('ps', '-q');
    await compose('up', '-d', '--wait', ...PDS, ...STORES, ...NODES);
    assert.equal(await compose('ps', '-q'), before);
  });

  test('is scraped by Prometheus, which understands every query of the dashboards', {
    skip: NO_PROMETHEUS,
  }, async () => {
    await compose('up', '-d', '--wait', '--pull', 'never', 'prometheus');
    const api = `${await urlOf('prometheus', 9090)}/api/v1`;
    const Targets = v.object({
      data: v.object({ activeTargets: v.array(v.object({ health: v.string(), scrapeUrl: v.string() })) }),
    });
    const notUp = async () =>
      v
        .parse(Targets, await (await fetch(`${api}/targets?state=active`)).json())
        .data.activeTargets.filter(({ health }) => health !== 'up')
        .map(({ scrapeUrl, health }) => `${scrapeUrl} ${health}`);
    for (let tries = 0; tries < 60 && (await notUp()).length > 0; tries++) await sleep(500);
    assert.deepEqual(await notUp(), []);

    for (const { title, panels } of dashboards())
      for (const panel of panels)
        for (const { expr } of panel.targets) {
          const promql = expr.replaceAll('$__rate_interval', '30s').replaceAll('$__range', '5m');
          const answer = await fetch(`${api}/query?${new URLSearchParams({ query: promql })}`);
          assert.equal(answer.status, 200, `${title}, ${panel.title}: ${await answer.text()}`);
        }
  });
});
