import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

type Manifest = Readonly<Record<string, unknown>>;

const load = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8'));
/** Formats are Kubernetes' own, and schemas name what ajv's strict mode would rather have typed. */
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const core = load('kubernetes') as { definitions: Record<string, object> };

const CORE: Readonly<Record<string, string>> = {
  'v1/ConfigMap': 'configmap-v1',
  'batch/v1/Job': 'job-batch-v1',
  'v1/Namespace': 'namespace-v1',
  'networking.k8s.io/v1/NetworkPolicy': 'networkpolicy-networking-v1',
  'v1/PersistentVolumeClaim': 'persistentvolumeclaim-v1',
  'v1/Pod': 'pod-v1',
  'policy/v1/PodDisruptionBudget': 'poddisruptionbudget-policy-v1',
  'v1/Service': 'service-v1',
  'apps/v1/StatefulSet': 'statefulset-apps-v1',
};
const CUSTOM: Readonly<Record<string, string>> = {
  'k6.io/v1alpha1/TestRun': 'testrun',
  'pingcap.com/v1alpha1/TidbCluster': 'tidbcluster',
};

const known = new Map<string, ValidateFunction>();

function validatorOf(kind: string): ValidateFunction {
  const before = known.get(kind);
  if (before !== undefined) return before;
  const { [kind]: ofCore } = CORE;
  const { [kind]: custom } = CUSTOM;
  if (ofCore === undefined && custom === undefined) throw new Error(`there is no schema of ${kind}`);
  const schema = custom === undefined ? { ...core, $ref: `#/definitions/${ofCore}` } : load(custom);
  const validate = ajv.compile(schema);
  known.set(kind, validate);
  return validate;
}

/** What is wrong with a manifest, by Kubernetes' own schema of its kind; empty if nothing is. */
export function problemsOf(manifest: Manifest): string[] {
  const validate = validatorOf(`${manifest.apiVersion}/${manifest.kind}`);
  validate(manifest);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
