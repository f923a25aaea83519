import {
  entryEnvironment,
  type GateSuite,
  GateSuiteError,
  isCompared,
  nameOf,
  parseGateSuite,
} from '../../core/gate/gate-suite.ts';
import { scenarioSettings } from '../catalog/catalog.ts';
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
    for (const entry of suite.suite) {
      const env = await withFiles(entryEnvironment(entry));
      const settings = scenarioSettings(entry.scenario, env, (name) => `${path}: ${nameOf(entry)}: settings.${name}`);
      if (isCompared(entry)) checkComparable(settings);
    }
    return suite;
  } catch (error) {
    if (error instanceof GateSuiteError) throw new UsageError(error.message);
    throw error;
  }
}
