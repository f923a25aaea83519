// npm run build -- [FILE…]: bundles scenarios for k6. It runs without a compiler: tsx is a dependency.
import { register } from 'tsx/esm/api';

register();
await import('./scripts/build.ts');
