import type { LoadPlan } from '../../core/load/load-plan.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { ProjectVersion } from '../system/project-version.ts';
import type { RunFolder } from './run-folder.ts';

/** What is known of a run before it is judged, wherever its k6 ran. */
interface RunFacts {
  readonly folder: RunFolder;
  readonly started: Date;
  /** Undefined while it goes on. */
  readonly ended: Date | undefined;
  readonly interrupted: boolean;
  readonly scenario: string;
  readonly settings: Settings;
  readonly plan: LoadPlan;
  /** What repeats it. */
  readonly command: string;
  readonly target: object;
  readonly k6: { readonly version: string; readonly source: string };
  /** Of the generators. */
  readonly machine: object;
  /** Unknown of runs whose load began elsewhere. */
  readonly project?: ProjectVersion;
}

/** Raised when a field's meaning changes. */
const VERSION = 1;

/** The content of run.json: no credentials are in it. */
export function runRecord({ folder, started, ended, settings, plan, k6, project, ...rest }: RunFacts): object {
  const { user: _user, pass: _pass, accessVariables: _variables, ...kept } = settings;
  return {
    run: VERSION,
    id: folder.id,
    started: started.toISOString(),
    ...(ended === undefined ? {} : { ended: ended.toISOString() }),
    ...project,
    settings: kept,
    plan: { model: plan.model, vus: plan.vus, measured: plan.measured, loadEnds: plan.loadEnds },
    k6: { version: k6.version, source: k6.source },
    ...rest,
  };
}
