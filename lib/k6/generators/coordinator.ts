// A k6 test of its own: does one set-up for k6 processes in several pods, as `npm run load --generators` does for those of
// one machine, and removes the run's namespace when all of them have ended.
import { sleep } from 'k6';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { placeOf } from '../../core/access/run-place.ts';
import { stop } from '../setup/abort.ts';
import { credentials, settings } from '../setup/environment.ts';
import { removeOwn } from '../setup/namespace.ts';

const DAY = '24h';
const SET_UP_TIMEOUT = '10m';
const POLL_S = 1;
/** How long pods may take until all of them run: images are pulled, machines are added. */
const PATIENCE_S = 1800;

export const options: Options = {
  scenarios: { coordinate: { executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDuration: DAY } },
};

const runners = (__ENV.RUNNERS ?? '').split(',');

export default function coordinate(): void {
  untilAllAnswer();
  setUpOnce();
  console.log(`Set-up is done: ${runners.length} runners have its data.`);
  while (runners.some(answers)) sleep(POLL_S);
  const { run } = settings;
  if (settings.keep || run === undefined) return;
  removeOwn({ run, place: placeOf(credentials, run, 'load') });
  console.log(`All runners have ended; ${run} is removed.`);
}

const answers = (url: string): boolean => http.get(`${url}/v1/status`, { timeout: '5s' }).status === 200;

function untilAllAnswer(): void {
  for (let waited = 0; ; waited += POLL_S) {
    const missing = runners.filter((url) => !answers(url));
    if (missing.length === 0) return;
    if (waited >= PATIENCE_S)
      endRunners(`${missing.join(', ')} did not answer within ${PATIENCE_S} s: look at the pods.`);
    sleep(POLL_S);
  }
}

/** By k6's REST API: the first does the set-up, the others get what it hands to users. */
function setUpOnce(): void {
  const [first, ...others] = runners;
  const done = http.post(`${first}/v1/setup`, null, { timeout: SET_UP_TIMEOUT });
  if (done.status !== 200) endRunners(`The set-up failed: ${done.body ?? done.error}`);
  const data = done.json('data.attributes.data');
  for (const url of others) {
    const given = http.put(`${url}/v1/setup`, JSON.stringify(data));
    if (given.status !== 200) endRunners(`${url} did not take the data of the set-up: ${given.body ?? given.error}`);
  }
}

/** Nobody waits for a load that cannot begin. */
function endRunners(reason: string): never {
  const stopped = { data: { type: 'status', id: 'default', attributes: { stopped: true } } };
  for (const url of runners) http.patch(`${url}/v1/status`, JSON.stringify(stopped), { timeout: '5s' });
  return stop(reason);
}
