/** Set by the bundler (lib/node/catalog/bundle.ts). */
declare const __AWAITS__: boolean;

/**
 * Whether this bundle awaits answers, as RPC over WebSocket needs. The others are bundled without `async` and `await`, and what
 * returns a promise by its type returns the value itself.
 */
export const AWAITS: boolean = __AWAITS__;
