import { K6 } from '../programs/specification.ts';

/** Release of grafana/k6-operator that runs are rendered for. */
export const OPERATOR_VERSION = 'v1.4.0';

/** Namespace that its manifests install it in. */
export const OPERATOR_NAMESPACE = 'k6-operator-system';

/** Our pinned k6; the image is Alpine's with a user of its own, so it has sh, wget and tar as well. */
export const K6_IMAGE = K6.image;
/** The user that the image runs as. */
export const K6_USER = 12345;

export const STARTER_IMAGE = `ghcr.io/grafana/k6-operator:starter-${OPERATOR_VERSION}`;
