import { UsageError } from '../cli/errors.ts';

/** What a rendered run is: everything its manifests follow from. Kept as rendered.json beside them, for `collect`. */
export interface KubernetesRun {
  readonly kubernetes: 1;
  /** Name of the TestRun, and the beginning of the names of everything that belongs to it. */
  readonly name: string;
  readonly scenario: string;
  /** k6 processes, each in a pod of its own with an equal segment of the load. */
  readonly parallelism: number;
  readonly namespace: string;
  /** Settings of the scenario by environment variable, without credentials. */
  readonly env: Readonly<Record<string, string>>;
  /** Secret with the keys SURREAL_USER and SURREAL_PASS. */
  readonly secret: string;
  /** Cores and bytes that each k6 may use. */
  readonly cpu: number;
  readonly memory: number;
  /** Bytes that the results of all pods may take. */
  readonly storage: number;
  readonly storageClass?: string;
  /** Claim of the volume that holds the archive, where it is not in a ConfigMap. */
  readonly archiveVolume?: string;
  /** Version of the k6 that made the archive. */
  readonly k6: string;
  /** The command that renders it again. */
  readonly command: string;
}

/** Generators are numbered from 1, as k6-operator numbers its runners. */
export const runnerNames = ({ name, parallelism }: Pick<KubernetesRun, 'name' | 'parallelism'>): string[] =>
  Array.from({ length: parallelism }, (_, index) => `${name}-${index + 1}`);

/** The archive's file, in a ConfigMap as on a volume. */
export const archiveFile = ({ name }: Pick<KubernetesRun, 'name'>): string => `${name}.tar`;

/** k6-operator adds `-service-64` at most, and a name of Kubernetes has 63 characters. */
const LONGEST_NAME = 40;

/** Of the name of an object that the run refers to (RFC 1123, subdomain). */
const LONGEST_REFERENCE = 253;

/** @throws UsageError if no object of Kubernetes can have this name */
export function checkReference(flag: string, name: string): void {
  const isName = name.split('.').every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part));
  if (isName && name.length <= LONGEST_REFERENCE) return;
  throw new UsageError(
    `${flag} must be the name of an object in Kubernetes: lower-case letters, digits, - and ., at most ${LONGEST_REFERENCE} characters (got "${name}").`,
  );
}

/** @throws UsageError where it cannot be part of names in Kubernetes (RFC 1123) */
export function checkName(flag: string, name: string): void {
  if (/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= LONGEST_NAME) return;
  throw new UsageError(
    `${flag} must be lower-case letters, digits and -, begin with a letter and have at most ${LONGEST_NAME} characters (got "${name}").`,
  );
}
