import { dirname, resolve } from 'node:path';
import {
  entryEnvironment,
  type GateEntry,
  type GateSuite,
  GateSuiteError,
  isCompared,
  nameOf,
  parseGateSuite,
} from '../../core/gate/gate-suite.ts';
import { isPath, openScenario, scenarioSettings } from '../catalog/catalog.ts';
import { UsageError } from '../cli/errors.ts';
import { readGivenJson, withFiles } from '../cli/flags.ts';
import { checkComparable } from '../compare/rounds.ts';

/**
 * Reads the suite of a gate, and checks it down to the last setting: a gate that is misspelt must not pass.
 * @throws UsageError naming file and place
 */
export async function readSuite(path: string): Promise<GateSuite> {
  const content = await readGivenJson('--suite', path);
  try {
    const suite = parseGateSuite(path, content);
    const opened = await Promise.all(suite.suite.map((entry) => withScenario(entry, dirname(path))));
    for (const entry of opened) {
      const env = await withFiles(entryEnvironment(entry));
      const settings = scenarioSettings(entry.scenario, env, (name) => `${path}: ${nameOf(entry)}: settings.${name}`);
      if (isCompared(entry)) checkComparable(settings);
    }
    return { ...suite, suite: opened };
  } catch (error) {
    if (error instanceof GateSuiteError) throw new UsageError(error.message);
    throw error;
  }
}

/** An entry whose scenario is a file's: relative to the suite's folder. */
async function withScenario(entry: GateEntry, folder: string): Promise<GateEntry> {
  const { scenario } = entry;
  const { name } = await openScenario(isPath(scenario) ? resolve(folder, scenario) : scenario);
  return { ...entry, scenario: name };
}
