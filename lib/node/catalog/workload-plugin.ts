import { extname } from 'node:path';
import type { Plugin } from 'esbuild';
import type { Workload } from '../../core/workload-file/workload.ts';
import { PROJECT_ROOT } from '../system/paths.ts';

/** How a module of the bundle imports the scenario of a file. */
export const importPath = (file: string): string =>
  JSON.stringify(WORKLOAD_ENDINGS.includes(extname(file)) ? `${WORKLOAD}:${file}` : file);

const WORKLOAD = 'workload';
const WORKLOAD_ENDINGS: readonly string[] = ['.yaml', '.yml', '.json'];

/** By path: a file is read once for its definition and its bundle, so that both are of one content. */
const known = new Map<string, Promise<Workload>>();

function workloadAt(path: string): Promise<Workload> {
  const workload = known.get(path) ?? readWorkloadFile(path);
  known.set(path, workload);
  return workload;
}

/** What reads workload files takes a while to load. */
async function readWorkloadFile(path: string): Promise<Workload> {
  const { readWorkload } = await import('../workload-file/read-workload.ts');
  return readWorkload(path);
}

/** Makes a scenario of a workload file. */
export const workloads: Plugin = {
  name: WORKLOAD,
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^workload:/ }, ({ path }) => ({ path: path.slice(WORKLOAD.length + 1), namespace: WORKLOAD }));
    onLoad({ filter: /.*/, namespace: WORKLOAD }, async ({ path }) => {
      const workload = await workloadAt(path);
      return {
        contents: `import { workloadScenario } from './lib/k6/workload-file/workload-scenario.ts';
export const run = workloadScenario(${JSON.stringify(workload)});`,
        resolveDir: PROJECT_ROOT,
      };
    });
  },
};
