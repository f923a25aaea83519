// The barest k6 script that sends the bytes of scenario `writes`: what any client on k6 costs at least.
import http from 'k6/http';

const { URL, TOKEN, NAMESPACE, VUS, DURATION } = __ENV;

export const options = { vus: Number(VUS), duration: DURATION };

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

export default function () {
  const content = `{"client":${__VU},"number":${number},"payload":"0123456789abcdef0123456789"}`;
  http.post(url, `CREATE writes:${prefix}${1_000_000 + number++} CONTENT ${content} RETURN NONE`, params);
}
