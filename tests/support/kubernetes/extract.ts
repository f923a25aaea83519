// Makes the schemas beside this file out of packages of the registries (README.md): run it again for newer versions.
//   node --import tsx tests/support/kubernetes/extract.ts KUBERNETES_SCHEMAS TIDB_CRD TESTRUN_RUST
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Schema {
  [keyword: string]: unknown;
  properties?: Record<string, Schema>;
}

const KINDS = [
  'configmap-v1',
  'job-batch-v1',
  'namespace-v1',
  'networkpolicy-networking-v1',
  'persistentvolumeclaim-v1',
  'pod-v1',
  'poddisruptionbudget-policy-v1',
  'service-v1',
  'statefulset-apps-v1',
];

/** Parts of a TidbCluster that our manifests have no use for, and that make up most of its schema. */
const OTHER_COMPONENTS = [
  'discovery',
  'pump',
  'ticdc',
  'tidb',
  'tiflash',
  'tikvImporter',
  'tiproxy',
  'tso',
  'scheduling',
  'pdms',
];

/** The kinds, and every schema that they reach by reference. */
async function kubernetes(folder: string): Promise<Schema> {
  const read = async (file: string): Promise<Schema> =>
    JSON.parse(await readFile(join(folder, `${file}.json`), 'utf8'));
  const { $defs } = (await read('_definitions')) as { $defs: Record<string, Schema> };
  const definitions: Record<string, Schema> = {};
  function take(name: string, schema: Schema | undefined): void {
    if (name in definitions || schema === undefined) return;
    const text = JSON.stringify(bare(schema)).replace(/"[^"]*#\/\$defs\//g, '"#/definitions/');
    definitions[name] = JSON.parse(text);
    for (const [, next = ''] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) take(next, $defs[next]);
  }
  for (const kind of KINDS) take(kind, await read(kind));
  return { definitions };
}

/** The API server drops what a schema does not name; here it is an error. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const {
    'x-kubernetes-int-or-string': either,
    'x-kubernetes-preserve-unknown-fields': open,
    ...rest
  } = schema as Schema;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, closed(value)]));
  if (either) return { type: ['integer', 'string'] };
  return rest.properties !== undefined && rest.type === 'object' && !open
    ? { ...inner, additionalProperties: false }
    : inner;
}

async function tidbCluster(file: string): Promise<Schema> {
  const { spec } = parse(await readFile(file, 'utf8'));
  const { openAPIV3Schema: schema } = spec.versions[0].schema;
  for (const component of OTHER_COMPONENTS) delete schema.properties.spec.properties[component];
  delete schema.properties.status;
  return rooted(closed(bare(schema)) as Schema);
}

/** Names, labels and annotations, which a CRD leaves to Kubernetes. */
const rooted = (schema: Schema): Schema => ({
  ...schema,
  properties: { ...schema.properties, metadata: { type: 'object', required: ['name'] } },
});

/** Without what is for people. `description` is the name of a field as well. */
function bare(schema: unknown, isNames = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => bare(each));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => isNames || !(key === 'description' && typeof value === 'string'))
      .filter(
        ([key]) =>
          isNames || (!['$schema', '$id', 'default'].includes(key) && !/^x-kubernetes-(group|list|map)/.test(key)),
      )
      .map(([key, value]) => [key, bare(value, key === 'properties')]),
  );
}

const SCALARS: Readonly<Record<string, Schema>> = {
  String: { type: 'string' },
  bool: { type: 'boolean' },
  i32: { type: 'integer' },
  i64: { type: 'integer' },
  IntOrString: { type: ['integer', 'string'] },
};

/** Out of the types that kopium made of the CRD. The three kinds of pods have the same fields: those of a runner stand for all. */
async function testRun(file: string): Promise<Schema> {
  const rust = await readFile(file, 'utf8');
  const definitions: Record<string, Schema> = {};
  const typeOf = (type: string): Schema => {
    const [, outer, inner = ''] = /^(Option|Vec)<(.*)>$/.exec(type) ?? [];
    if (outer === 'Option') return typeOf(inner);
    if (outer === 'Vec') return { type: 'array', items: typeOf(inner) };
    const [, of] = /^BTreeMap<String, (.*)>$/.exec(type) ?? [];
    if (of !== undefined) return { type: 'object', additionalProperties: typeOf(of) };
    return SCALARS[type] ?? { $ref: `#/definitions/${type.replace(/^TestRun(Initializer|Starter)/, 'TestRunRunner')}` };
  };
  for (const [, name = '', body = ''] of rust.matchAll(/^pub struct (\w+) \{\n(.*?)^\}/gms)) {
    if (/^TestRun(Initializer|Starter|Status)/.test(name)) continue;
    const fields = [...body.matchAll(/(?:rename = "([^"]+)"\)\]\n\s*)?pub (?:r#)?(\w+): (.*),$/gm)];
    definitions[name] = {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(fields.map(([, renamed, own, type = '']) => [renamed ?? own, typeOf(type)])),
      required: fields
        .filter(([, , , type = '']) => !type.startsWith('Option<'))
        .map(([, renamed, own]) => renamed ?? own),
    };
  }
  for (const [, name = '', body = ''] of rust.matchAll(/^pub enum (\w+) \{\n(.*?)^\}/gms))
    definitions[name] = { enum: [...body.matchAll(/rename = "([^"]+)"/g)].map(([, value]) => value) };
  return rooted({
    definitions,
    type: 'object',
    additionalProperties: false,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      apiVersion: { enum: ['k6.io/v1alpha1'] },
      kind: { enum: ['TestRun'] },
      spec: { $ref: '#/definitions/TestRunSpec' },
    },
  });
}

const [schemas = '', crd = '', rust = ''] = process.argv.slice(2);
const made = {
  kubernetes: await kubernetes(schemas),
  tidbcluster: await tidbCluster(crd),
  testrun: await testRun(rust),
};
for (const [name, schema] of Object.entries(made))
  await writeFile(join(import.meta.dirname, `${name}.json`), `${JSON.stringify(schema)}\n`);
