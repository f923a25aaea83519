import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from './errors.ts';
import { PROJECT_ROOT } from './paths.ts';

export async function scenarioNames(): Promise<string[]> {
  const files = await readdir(join(PROJECT_ROOT, 'scenarios'));
  return files.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -'.ts'.length));
}

/** @throws UsageError naming the scenarios that there are */
export async function checkScenario(name: string): Promise<void> {
  const names = await scenarioNames();
  if (!names.includes(name))
    throw new UsageError(`There is no scenario "${name}". Scenarios are: ${names.join(', ')}.`);
}
