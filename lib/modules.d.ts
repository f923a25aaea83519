/** esbuild bundles SurrealQL files as text. */
declare module '*.surql' {
  const text: string;
  export default text;
}
