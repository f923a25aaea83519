import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT, WORK_FOLDER } from './paths.ts';

/** What made a run: the suite, and the project whose folder the command was started in (in a clone they are the same). */
export interface ProjectVersion {
  /** Version of the suite's package. */
  readonly suite: string;
  /** `git describe` of the work folder, with `-dirty` after uncommitted changes; absent outside of a repository. */
  readonly commit?: string;
}

/** Milliseconds. A repository on a slow disk must not delay a run. */
const PATIENCE = 5000;

export async function projectVersion(folder = WORK_FOLDER): Promise<ProjectVersion> {
  const { version } = JSON.parse(await readFile(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string };
  const commit = await describeCommit(folder);
  return commit === undefined ? { suite: version } : { suite: version, commit };
}

async function describeCommit(folder: string): Promise<string | undefined> {
  const describe = ['describe', '--always', '--tags', '--dirty', '--abbrev=10'];
  try {
    const { stdout } = await promisify(execFile)('git', describe, { cwd: folder, timeout: PATIENCE });
    return stdout.trim() || undefined;
  } catch {
    // No git, no repository, or one without commits.
    return undefined;
  }
}
