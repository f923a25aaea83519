/** A semantic version; `pre` is its pre-release part, as in `4.0.0-beta.1`. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly pre?: string;
}

/** Versions from one on, up to another that is not among them. */
export interface VersionRange {
  readonly from: Version;
  readonly below: Version;
}

const SEMANTIC = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Undefined where the text is not a version. A missing patch number is 0, as in `go 1.25`. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch, pre] = SEMANTIC.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const numbers = { major: Number(major), minor: Number(minor), patch: Number(patch ?? 0) };
  return pre === undefined ? numbers : { ...numbers, pre };
}

/** As {@link parseVersion}, for versions that the code itself states. */
export function version(text: string): Version {
  const parsed = parseVersion(text);
  if (!parsed) throw new Error(`"${text}" is not a version`);
  return parsed;
}

export function formatVersion({ major, minor, patch, pre }: Version): string {
  return `${major}.${minor}.${patch}${pre === undefined ? '' : `-${pre}`}`;
}

/**
 * Whether a version is in the range. A pre-release of the first version does not count (it may lack what the release
 * brought), one of a later version does.
 */
export function isWithin(candidate: Version, { from, below }: VersionRange): boolean {
  const distance = compareNumbers(candidate, from);
  const reached = distance > 0 || (distance === 0 && candidate.pre === undefined);
  return reached && compareNumbers(candidate, below) < 0;
}

/** Below 0 where `a` is the older one. Pre-release parts are not compared. */
export function compareNumbers(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

export function formatRange({ from, below }: VersionRange): string {
  return `>= ${formatVersion(from)} and < ${formatVersion(below)}`;
}
