// npm run init: a working example in the folder that it is started in.

import { constants } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { commandPrefix, PROJECT_ROOT, WORK_FOLDER } from '../lib/node/system/paths.ts';

const TEMPLATES = join(PROJECT_ROOT, 'templates');

async function init(): Promise<number> {
  commandNamed('init')
    .description('Writes a workload, a gate.json and a workflow for GitHub into this folder. It overwrites nothing.')
    .parse();
  const entries = await readdir(TEMPLATES, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((it) => it.isFile())) {
    const name = relative(TEMPLATES, join(entry.parentPath, entry.name));
    console.log(`${(await copyNew(name)) ? 'wrote' : 'kept '}  ${name}`);
  }
  console.log(`\nRun it:  ${commandPrefix('load')} ./orders.yaml`);
  return 0;
}

/** @returns false if there is such a file already */
async function copyNew(name: string): Promise<boolean> {
  const target = join(WORK_FOLDER, name);
  await mkdir(dirname(target), { recursive: true });
  try {
    await copyFile(join(TEMPLATES, name), target, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

await runCommand(init);
