import { SETTINGS } from '../../core/settings/settings.ts';
import { K6 } from '../programs/specification.ts';
import { archiveFile, type KubernetesRun, runnerNames } from './kubernetes-run.ts';

/** Release of grafana/k6-operator that runs are rendered for. */
export const OPERATOR_VERSION = 'v1.6.0';

/** Namespace that its manifests install it in. */
export const OPERATOR_NAMESPACE = 'k6-operator-system';

/** Our pinned k6; the image is Alpine's with a user of its own, so it has sh, wget and tar as well. */
export const K6_IMAGE = K6.image;
/** The user that the image runs as. */
export const K6_USER = 12345;

export const STARTER_IMAGE = `ghcr.io/grafana/k6-operator:starter-${OPERATOR_VERSION}`;

/** An object of Kubernetes as it is written to a file. */
export type Manifest = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
};

/** Where k6 finds its test (k6-operator's own choice), and where each pod writes. */
const TEST_FOLDER = '/test';
const RESULTS = '/results';
const RESULTS_VOLUME = 'results';
const COORDINATOR_FILE = 'coordinator.js';
/** k6's REST API: k6-operator has it listen here. */
const CONTROL_PORT = 6565;

/** Of Go's memory limit: the rest is for what Go does not count, such as stacks of threads and page cache. */
const HEAP_SHARE = 0.8;

const NO_PRIVILEGES = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};
/** Volumes belong to the group, so that each pod may write. */
const AS_K6 = {
  runAsNonRoot: true,
  runAsUser: K6_USER,
  runAsGroup: K6_USER,
  fsGroup: K6_USER,
  seccompProfile: { type: 'RuntimeDefault' },
};
const SMALL = { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } };

/** Everything of a run, in the order in which it is applied. @param archive undefined where it is on a volume */
export function manifestsOf(run: KubernetesRun, coordinator: string, archive: Buffer | undefined): Manifest[] {
  return [
    ...(archive === undefined ? [] : [archiveMap(run, archive)]),
    coordinatorMap(run, coordinator),
    resultsClaim(run),
    controlPolicy(run),
    ...runnerNames(run).map((runner) => controlService(run, runner)),
    coordinatorJob(run),
    testRun(run),
  ];
}

const metadata = ({ name, namespace }: KubernetesRun, suffix = '') => ({
  name: `${name}${suffix}`,
  namespace,
  labels: labelsOf(name),
});
const labelsOf = (name: string) => ({
  'app.kubernetes.io/part-of': 'surrealdb-load',
  'app.kubernetes.io/instance': name,
});

const archiveMap = (run: KubernetesRun, archive: Buffer): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadata(run, '-archive'),
  immutable: true,
  binaryData: { [archiveFile(run)]: archive.toString('base64') },
});

const coordinatorMap = (run: KubernetesRun, coordinator: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadata(run, '-coordinator'),
  immutable: true,
  data: { [COORDINATOR_FILE]: coordinator },
});

/** Every pod writes a folder of its own, so the volume must be one that pods on several machines can mount. */
const resultsClaim = (run: KubernetesRun): Manifest => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: metadata(run, '-results'),
  spec: {
    accessModes: ['ReadWriteMany'],
    ...(run.storageClass === undefined ? {} : { storageClassName: run.storageClass }),
    resources: { requests: { storage: mebibytes(run.storage) } },
  },
});

/** k6's REST API gives away a root token and takes orders from anybody. */
const controlPolicy = (run: KubernetesRun): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: metadata(run, '-control'),
  spec: {
    podSelector: { matchLabels: { k6_cr: run.name, runner: 'true' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [
          { podSelector: { matchLabels: { k6_cr: run.name } } },
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': OPERATOR_NAMESPACE } } },
        ],
        ports: [{ port: CONTROL_PORT }],
      },
    ],
  },
});

/** k6-operator's own Services lead to pods that are ready only; the coordinator has to reach them before. */
const controlService = (run: KubernetesRun, runner: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...metadata(run), name: controlName(runner) },
  spec: {
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    selector: { 'job-name': runner },
    ports: [{ name: 'control', port: CONTROL_PORT }],
  },
});
const controlName = (runner: string): string => `${runner}-control`;

const credentials = ({ secret }: KubernetesRun) =>
  [SETTINGS.user.env, SETTINGS.pass.env].map((key) => ({
    name: key,
    valueFrom: { secretKeyRef: { name: secret, key } },
  }));
const variables = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

/** Does the set-up once, for k6-operator would have every runner do it; and removes the run's namespace at the end. */
const coordinatorJob = (run: KubernetesRun): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: metadata(run, '-coordinator'),
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { labels: { ...labelsOf(run.name), k6_cr: run.name } },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        securityContext: AS_K6,
        containers: [
          {
            name: 'coordinator',
            image: K6_IMAGE,
            command: ['k6', 'run', '--quiet', `${TEST_FOLDER}/${COORDINATOR_FILE}`],
            env: [
              ...variables(run.env),
              ...credentials(run),
              ...variables({
                RUNNERS: runnerNames(run)
                  .map((runner) => `http://${controlName(runner)}:${CONTROL_PORT}`)
                  .join(','),
                K6_NO_USAGE_REPORT: 'true',
              }),
            ],
            resources: SMALL,
            securityContext: NO_PRIVILEGES,
            volumeMounts: [{ name: 'test', mountPath: TEST_FOLDER, readOnly: true }],
          },
        ],
        volumes: [{ name: 'test', configMap: { name: `${run.name}-coordinator` } }],
      },
    },
  },
});

const testRun = (run: KubernetesRun): Manifest => ({
  apiVersion: 'k6.io/v1alpha1',
  kind: 'TestRun',
  metadata: metadata(run),
  spec: {
    parallelism: run.parallelism,
    script:
      run.archiveVolume === undefined
        ? { configMap: { name: `${run.name}-archive`, file: archiveFile(run) } }
        : { volumeClaim: { name: run.archiveVolume, file: archiveFile(run), readOnly: true } },
    // One set-up is enough, and the first runner to end must not remove what the others still read.
    arguments: '--no-setup --no-teardown',
    initializer: {
      image: K6_IMAGE,
      env: variables(run.env),
      resources: SMALL,
      securityContext: AS_K6,
      containerSecurityContext: { ...NO_PRIVILEGES, readOnlyRootFilesystem: false },
      automountServiceAccountToken: 'false',
    },
    starter: { image: STARTER_IMAGE, automountServiceAccountToken: 'false' },
    runner: runnerOf(run),
  },
});

function runnerOf(run: KubernetesRun) {
  return {
    image: K6_IMAGE,
    automountServiceAccountToken: 'false',
    securityContext: AS_K6,
    containerSecurityContext: NO_PRIVILEGES,
    // Two generators on one machine would measure how they share it.
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            labelSelector: { matchLabels: { app: 'k6', runner: 'true' } },
            topologyKey: 'kubernetes.io/hostname',
          },
        ],
      },
    },
    resources: {
      requests: { cpu: String(run.cpu), memory: mebibytes(run.memory) },
      limits: { cpu: String(run.cpu), memory: mebibytes(run.memory) },
    },
    env: [
      ...variables(run.env),
      ...credentials(run),
      { name: 'RUNNER', valueFrom: { fieldRef: { fieldPath: "metadata.labels['job-name']" } } },
      ...variables(k6Environment(run)),
    ],
    // k6-operator starts the load when every runner is ready: when all have the data of the one set-up.
    readinessProbe: {
      exec: { command: ['sh', '-c', `wget -qO- http://127.0.0.1:${CONTROL_PORT}/v1/setup | grep -q token`] },
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 120,
    },
    // A generator that is short of CPU is slow to answer, and has to be measured rather than killed.
    livenessProbe: {
      httpGet: { path: '/v1/status', port: CONTROL_PORT },
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 12,
    },
    volumes: [{ name: RESULTS_VOLUME, persistentVolumeClaim: { claimName: `${run.name}-results` } }],
    volumeMounts: [{ name: RESULTS_VOLUME, mountPath: RESULTS, subPathExpr: '$(RUNNER)' }],
  };
}

/** k6's own part of a runner's environment: what it writes where, and how much memory it may take. */
export const k6Environment = ({ cpu, memory }: KubernetesRun): Record<string, string> => ({
  [SETTINGS.history.env]: 'true',
  [SETTINGS.summary.env]: `${RESULTS}/summary.json`,
  K6_CONSOLE_OUTPUT: `${RESULTS}/history.ndjson`,
  K6_LOG_FORMAT: 'raw',
  // k6-operator tags with --tag, which would take the place of the test's own tags.
  K6_FEATURES: 'merge-run-tags',
  K6_NO_USAGE_REPORT: 'true',
  GOGC: '400',
  GOMEMLIMIT: `${Math.round((memory * HEAP_SHARE) / 2 ** 20)}MiB`,
  GOMAXPROCS: String(Math.max(1, Math.ceil(cpu))),
});

/** A pod that holds the results' volume while they are copied. */
export const readerPod = (run: KubernetesRun): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata(run, '-reader'),
  spec: {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext: AS_K6,
    containers: [
      {
        name: 'reader',
        image: K6_IMAGE,
        command: ['sleep', '3600'],
        resources: SMALL,
        securityContext: NO_PRIVILEGES,
        volumeMounts: [{ name: RESULTS_VOLUME, mountPath: RESULTS, readOnly: true }],
      },
    ],
    volumes: [{ name: RESULTS_VOLUME, persistentVolumeClaim: { claimName: `${run.name}-results`, readOnly: true } }],
  },
});

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)}Mi`;
