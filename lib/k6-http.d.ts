import 'k6/http';

/** k6 takes null for "no response is unexpected"; its types do not say so. */
declare module 'k6/http' {
  export function setResponseCallback(responseCallback: null): void;
}
