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
