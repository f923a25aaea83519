// The barest k6 script that sends the bytes of scenario `writes`: what any client on k6 costs at least.
import http from 'k6/http';

const { URL, TOKEN, NAMESPACE, VUS, WARM_UP, DURATION, SUMMARY } = __ENV;
const phase = { executor: 'constant-vus', exec: 'create', vus: Number(VUS), gracefulStop: '2s' };

export const options = {
  scenarios: {
    warmup: { ...phase, duration: WARM_UP },
    writes: { ...phase, duration: DURATION, startTime: `${Number.parseInt(WARM_UP, 10) + 2}s` },
  },
  thresholds: { 'http_reqs{scenario:writes}': [] },
};

const params = {
  headers: {
    Accept: 'application/json',
    'Content-Type': 'text/plain',
    Authorization: `Bearer ${TOKEN}`,
    'surreal-ns': NAMESPACE,
    'surreal-db': 'load',
  },
  tags: { name: 'create' },
};

const url = `${URL}/sql`;
// `__VU` and no `exec.vu.idInTest`, which would cost a tenth of all.
const prefix = `v${String(__VU).padStart(4, '0')}n`;
let number = 0;

export function create() {
  const content = `{"client":${__VU},"number":${number},"payload":"0123456789abcdef0123456789"}`;
  http.post(url, `CREATE writes:${prefix}${1_000_000 + number++} CONTENT ${content} RETURN NONE`, params);
}

export function handleSummary({ metrics }) {
  const { count } = metrics['http_reqs{scenario:writes}'].values;
  return { [SUMMARY]: JSON.stringify({ requests: count }) };
}
