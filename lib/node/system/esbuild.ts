import { type BuildOptions, type BuildResult, build, stop } from 'esbuild';

let underWay = 0;

/**
 * Bundles into memory, and ends esbuild's process when nothing is being bundled any more: Ctrl-C ends it with ours, and one that is
 * not running cannot be missed by what is bundled afterwards. Ended earlier, it would leave other bundles without an answer.
 */
export async function bundleInMemory(options: BuildOptions): Promise<BuildResult<{ write: false }>> {
  underWay++;
  try {
    return await build({ ...options, write: false });
  } finally {
    underWay--;
    if (underWay === 0) await stop();
  }
}
