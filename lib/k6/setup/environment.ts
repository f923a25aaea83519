import { parseSettings } from '../../core/settings/settings.ts';

/** The run's settings, as given to k6. A wrong one stops k6 before anything is sent. */
export const settings = parseSettings(__ENV);
