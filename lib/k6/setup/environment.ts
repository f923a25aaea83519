import { credentialsOf } from '../../core/access/node-user.ts';
import { parseSettings } from '../../core/settings/settings.ts';

/** The run's settings, as given to k6. A wrong one stops k6 before anything is sent. */
export const settings = parseSettings(__ENV);

/** Who signs in, and where the run may work. */
export const credentials = credentialsOf(settings);
