import { copyFile, mkdir } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { BuildOptions, Message, Plugin } from 'esbuild';
import { type AnyDefinition, isComposed } from '../../core/scenario/definition.ts';
import { UsageError } from '../cli/errors.ts';
import { bundleInMemory } from '../system/esbuild.ts';
import { writeAtomically } from '../system/files.ts';
import { PROJECT_ROOT } from '../system/paths.ts';
import { synchronous } from './synchronous.ts';
import { importPath, workloads } from './workload-plugin.ts';

/** A scenario and the file that it stands in. */
export interface ScenarioSource {
  readonly definition: AnyDefinition;
  /** Absolute path. */
  readonly file: string;
}

/** How a script for k6 is bundled. */
export const K6_BUNDLE = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  mainFields: ['module', 'main'],
  external: ['k6', 'k6/*'],
  loader: { '.surql': 'text' },
  alias: { 'surrealdb-load': join(PROJECT_ROOT, 'lib', 'k6', 'api.ts') },
  logLevel: 'silent',
  define: { __AWAITS__: 'false' },
  plugins: [workloads, synchronous],
} satisfies BuildOptions;

/** The same with operations that await their answers. */
const awaiting = { define: { __AWAITS__: 'true' }, plugins: [workloads] } satisfies BuildOptions;

/** Charts of k6's web dashboard. */
const DASHBOARD = 'dashboard.json';

/**
 * Writes a k6 test of its own with its source map, and what k6's dashboard charts, into a folder.
 * @param known all scenarios: parts of a composed one are taken from them
 * @param awaits whether its operations await their answers, as RPC needs
 * @returns the bundle's path and its size in bytes
 * @throws UsageError naming file, line and cause where the scenario cannot be bundled
 */
export async function bundleScenario(
  source: ScenarioSource,
  known: readonly ScenarioSource[],
  folder: string,
  awaits: boolean,
): Promise<{ path: string; bytes: number }> {
  const { name } = source.definition;
  const path = join(folder, bundleName(name, awaits));
  const { outputFiles } = await bundled(source.file, {
    ...(awaits ? awaiting : {}),
    stdin: { contents: testModule(source, known), resolveDir: PROJECT_ROOT, sourcefile: `${name}.k6.js` },
    outfile: path,
    // Two thirds of the size are left, which each virtual user loads; the source map leads to the TypeScript.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
  });
  await mkdir(folder, { recursive: true });
  for (const file of outputFiles) await writeAtomically(file.path, file.contents);
  await copyFile(join(PROJECT_ROOT, 'lib', 'k6', DASHBOARD), join(folder, DASHBOARD));
  return { path, bytes: outputFiles.find((file) => file.path === path)?.contents.length ?? 0 };
}

/** NAME.js, and NAME.rpc.js for runs in which answers are awaited. */
export const bundleName = (name: string, awaits: boolean): string => `${name}${awaits ? '.rpc' : ''}.js`;

/** A module that makes a scenario a k6 test of its own: a scenario is a value, which runs alone or as a part of others. */
function testModule({ definition, file }: ScenarioSource, known: readonly ScenarioSource[]): string {
  const parts = isComposed(definition) ? known.filter((it) => canBePart(it.definition, definition)) : [];
  const names = parts.map((_, at) => `part${at}`);
  return `
import { alone, together } from './lib/k6/test/k6-test.ts';
import { run } from ${importPath(file)};
${parts.map((part, at) => `import { run as ${names[at]} } from ${importPath(part.file)};`).join('\n')}
export const { options, setup, iterate, load, background, verify, teardown, handleSummary } = ${
    isComposed(definition) ? `together(run, [${names.join(', ')}])` : 'alone(run)'
  };`;
}

const canBePart = (part: AnyDefinition, { name, settings }: AnyDefinition): boolean =>
  !isComposed(part) && part.alone !== true && (settings?.includes('mix') === true || part.shares?.[name] !== undefined);

/** Stands for every module of k6: whatever is read from it, called or constructed is the same again. */
const K6_STAND_IN = `
const standIn = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => 0 : standIn),
  apply: () => standIn,
  construct: () => standIn,
});
// Its prototype, as esbuild copies the properties that a module has of its own.
module.exports = Object.create(standIn);`;

const withoutK6: Plugin = {
  name: 'without-k6',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^k6(\/|$)/ }, ({ path }) => ({ path, namespace: 'k6' }));
    onLoad({ filter: /.*/, namespace: 'k6' }, () => ({ contents: K6_STAND_IN }));
  },
};

/**
 * Reads the definitions of scenarios from their files: evaluates them as k6 does before a test, with a stand-in for k6.
 * @param files absolute paths
 * @throws UsageError naming file, line and cause
 */
export async function readScenarios(files: readonly string[]): Promise<ScenarioSource[]> {
  const what = files.length === 1 ? (files[0] ?? '') : 'scenarios';
  const { outputFiles } = await bundled(what, {
    external: [],
    ...awaiting,
    plugins: [workloads, withoutK6],
    format: 'iife',
    globalName: 'scenarios',
    stdin: {
      contents: `${files.map((file, at) => `import * as file${at} from ${importPath(file)};`).join('\n')}
export const definitions = [${files.map((_, at) => `file${at}.run?.definition ?? null`).join(', ')}];`,
      resolveDir: PROJECT_ROOT,
      sourcefile: 'scenarios.js',
    },
    sourcemap: true,
    outfile: 'scenarios.js',
  });
  const [map, script] = ['.map', '.js'].map(
    (ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '',
  );
  const definitions = evaluate(what, script ?? '', map ?? '');
  return files.map((file, at) => {
    const definition = definitions[at];
    if (definition !== null && definition !== undefined) return { definition, file };
    throw new UsageError(
      `${file} exports no scenario. It must contain: export const run = defineScenario({ name: '${basename(file, '.ts')}', … });`,
    );
  });
}

/** As JSON, because objects of another context have other prototypes. */
function evaluate(what: string, script: string, map: string): (AnyDefinition | null)[] {
  try {
    return JSON.parse(runInNewContext(`${script}; JSON.stringify(scenarios.definitions)`, { ...GLOBALS }, EVALUATED));
  } catch (error) {
    const { message, stack = '' } = error as Error;
    throw new UsageError(`${placeOf(stack, map) ?? what}: cannot be evaluated: ${message}`);
  }
}

/** What k6 has beside the language. */
const GLOBALS = { __ENV: {}, TextDecoder, TextEncoder };

const EVALUATED = 'scenarios.js';

/** File, line and column where an evaluated script threw. @param map its source map */
function placeOf(stack: string, map: string): string | undefined {
  const [, line, column] = /scenarios\.js:(\d+):(\d+)/.exec(stack) ?? [];
  if (line === undefined) return undefined;
  const entry = new SourceMap(JSON.parse(map)).findEntry(Number(line) - 1, Number(column) - 1);
  if (!('originalSource' in entry)) return undefined;
  return `${resolve(PROJECT_ROOT, entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

async function bundled(what: string, options: BuildOptions): ReturnType<typeof bundleInMemory> {
  try {
    return await bundleInMemory({ ...K6_BUNDLE, ...options });
  } catch (error) {
    const [first] = (error as { errors?: Message[] }).errors ?? [];
    if (first === undefined) throw error;
    if (first.detail instanceof UsageError) throw first.detail;
    const { file = what, line = 0, column = 0 } = first.location ?? {};
    throw new UsageError(`${resolve(dirname(what), file)}:${line}:${column + 1}: ${first.text}`);
  }
}
