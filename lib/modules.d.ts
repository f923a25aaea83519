/** esbuild bundles SurrealQL files as text. */
declare module '*.surql' {
  const text: string;
  export default text;
}

/** Theil–Sen estimator; the package has no types. */
declare module 'ml-regression-theil-sen' {
  export class TheilSenRegression {
    constructor(x: readonly number[], y: readonly number[]);
    readonly slope: number;
    readonly intercept: number;
  }
}

/** Plain JavaScript, as build.mjs runs without a compiler. */
declare module '*/bundling.mjs' {
  import type { BuildOptions } from 'esbuild';
  export const K6_BUNDLE: BuildOptions;
  export function readDefinitions(): Promise<import('./core/scenario/definition.ts').AnyDefinition[]>;
}
