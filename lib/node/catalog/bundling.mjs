// How scenarios become scripts for k6, and how their definitions are read. Plain JavaScript: build.mjs runs without a compiler.
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** @satisfies {import('esbuild').BuildOptions} */
export const K6_BUNDLE = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  mainFields: ['module', 'main'],
  external: ['k6', 'k6/*'],
  loader: { '.surql': 'text' },
};

/** What k6 wants a test to export. */
const EXPORTS = '{ options, setup, iterate, verify, teardown, handleSummary }';

/** @returns {Promise<string[]>} names of the files in scenarios/ */
async function scenarioNames() {
  const files = (await readdir(join(ROOT, 'scenarios'))).map(parse);
  return files.filter(({ ext }) => ext === '.ts').map(({ name }) => name);
}

/**
 * The text of a module that makes a scenario a k6 test of its own: a scenario is a value, which runs alone or as a part of others.
 * @param definition of the scenario
 * @param definitions of all scenarios
 */
export function testModule(definition, definitions) {
  const { name, composed } = definition;
  if (!composed)
    return `
import { alone } from './lib/k6/test/k6-test.ts';
import { run } from './scenarios/${name}.ts';
export const ${EXPORTS} = alone(run);`;
  const isPart = ({ composed, shares }) => !composed && (definition.settings?.includes('mix') || shares?.[name]);
  const parts = definitions.filter(isPart).map((it) => it.name);
  return `
import { together } from './lib/k6/test/k6-test.ts';
import { run } from './scenarios/${name}.ts';
${parts.map((part, at) => `import { run as part${at} } from './scenarios/${part}.ts';`).join('\n')}
export const ${EXPORTS} = together(run, [${parts.map((_, at) => `part${at}`).join(', ')}]);`;
}

/** Stands for every module of k6: whatever is read from it, called or constructed is the same again. */
const K6_STAND_IN = `
const standIn = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => 0 : standIn),
  apply: () => standIn,
  construct: () => standIn,
});
// Its prototype, as esbuild copies the properties that a module has of its own.
module.exports = Object.create(standIn);`;

/** @type {import('esbuild').Plugin} */
const withoutK6 = {
  name: 'without-k6',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^k6(\/|$)/ }, ({ path }) => ({ path, namespace: 'k6' }));
    onLoad({ filter: /.*/, namespace: 'k6' }, () => ({ contents: K6_STAND_IN }));
  },
};

/**
 * Reads what the scenarios say of themselves: evaluates their files as k6 does before a test, with a stand-in for k6.
 * @returns {Promise<import('../../core/scenario/definition.ts').AnyDefinition[]>} in the order of their names
 */
export async function readDefinitions() {
  const names = await scenarioNames();
  const { outputFiles } = await build({
    ...K6_BUNDLE,
    external: [],
    plugins: [withoutK6],
    format: 'iife',
    globalName: 'scenarios',
    stdin: {
      contents: `${names.map((name, at) => `import { run as run${at} } from './scenarios/${name}.ts';`).join('\n')}
export const definitions = [${names.map((_, at) => `run${at}.definition`).join(', ')}];`,
      resolveDir: ROOT,
      sourcefile: 'scenarios.js',
    },
    write: false,
    logLevel: 'silent',
  });
  // As JSON, for objects of another context have other prototypes.
  return JSON.parse(runInNewContext(`${outputFiles[0].text}; JSON.stringify(scenarios.definitions)`, { __ENV: {} }));
}
