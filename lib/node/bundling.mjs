// How a script for k6 is bundled. Plain JavaScript: build.mjs runs without a compiler.

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
