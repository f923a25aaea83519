import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDuration } from '../../core/load/duration.ts';
import { PROFILES, type Profile } from '../../core/load/profiles.ts';
import { scenariosOf } from '../../core/scenario/composition.ts';
import { SETTINGS, type Setting } from '../../core/settings/settings.ts';
import { SCENARIOS } from '../catalog/catalog.ts';
import { PROJECT_ROOT } from '../system/paths.ts';
import { anomaliesPage } from './anomalies.ts';
import { commandsPage } from './commands.ts';
import { environmentPage } from './environment-page.ts';
import { layersDiagram } from './layers.ts';
import { code, table } from './markdown.ts';
import { workloadFilePage } from './workload-file-page.ts';

/** Pages of docs/ by their path in it, generated from the code so that they cannot go stale; a test compares them. */
export function referencePages(): Readonly<Record<string, string>> {
  return {
    'reference/anomalies.md': anomaliesPage(GENERATED),
    'reference/settings.md': settingsPage(),
    'reference/workload-file.md': workloadFilePage(GENERATED),
  };
}

/** Pages that follow from all of the code, and take a while to make. */
export async function slowReferencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    'reference/environment.md': environmentPage(GENERATED),
    'reference/commands.md': await commandsPage(GENERATED),
    'explanation/architecture.md': architecturePage(),
  };
}

/** A page that is written by hand, but for its diagram. */
function architecturePage(): string {
  const page = readFileSync(join(PROJECT_ROOT, 'docs/explanation/architecture.md'), 'utf8');
  return page.replace(/(<!-- layers: [^\n]*-->\n).*?(<!-- \/layers -->)/s, `$1\n${layersDiagram()}\n\n$2`);
}

/** Marks a page that is generated as a whole. */
export const GENERATED = '<!-- Written by `npm run reference` from the code. -->';

function settingsPage(): string {
  return [
    '# Settings',
    GENERATED,
    'A setting is given as a flag of `npm run load -- SCENARIO`, or as an environment variable, which is also how',
    '`k6 run dist/SCENARIO.js` takes it. A flag wins over a variable. A wrong value is named with what would be right, and a',
    'variable that begins with `LOAD_` and is none of these is refused: it is a misspelt one. So is a setting that belongs to other',
    'scenarios; `mixed` takes those of its parts.',
    '',
    table(
      ['variable', 'flag', 'without it', 'scenarios', 'meaning', 'values'],
      Object.values<Setting>(SETTINGS).map((setting) => [
        code(setting.env),
        setting.flag === undefined ? '' : code(setting.flag),
        setting.fallback === undefined ? '' : code(setting.fallback),
        scenariosOf(setting, SCENARIOS)?.map(code).join(', ') ?? 'all',
        setting.meaning,
        setting.values,
      ]),
    ),
    '`npm run load` makes a random seed if none is given and records it; k6 alone takes the same one every time. Credentials come by',
    'the environment alone: arguments can be read by everybody on the machine.',
    '',
    '## Profiles',
    '',
    table(
      ['profile', 'warm-up', 'measured', 'open model, peak', 'closed model, peak', 'for'],
      Object.entries<Profile>(PROFILES).map(([name, { warmUp, duration, rate, vus, rungs, purpose }]) => [
        code(name),
        formatDuration(warmUp),
        formatDuration(duration),
        `${rate}/s`,
        rungs === undefined ? `${vus} users` : '–',
        purpose,
      ]),
    ),
    'The open model sends at a given rate whether or not answers come, as the users of a service do; it is the default. `--vus` switches',
    'to the closed model, in which each user waits for its answer: a slow server then slows the load down and hides how slow it is',
    '(coordinated omission).',
    '',
  ].join('\n');
}
