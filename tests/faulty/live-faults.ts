import type { Fault } from './proxy.ts';
import type { Notify, Send } from './rpc-proxy.ts';

/** What a server does wrong with live queries: to what it is asked, and to what it tells. */
export interface LiveFault {
  readonly fault: Fault;
  readonly notify: Notify;
}

const HONEST: Fault = (_exchange, forward) => forward();
const PASS: Notify = (text, send) => send(text);

/** Does something at every `oneIn`-th notification, and passes the others. */
const everyNth = (oneIn: number, misbehave: Notify): Notify =>
  (() => {
    let seen = 0;
    return (text, send) => (++seen % oneIn === 0 ? misbehave(text, send) : send(text));
  })();

interface Told {
  readonly id: string;
  readonly action: string;
  readonly record: string;
}

const toldIn = (text: string): Told => (JSON.parse(text) as { result: Told }).result;

/** Tells a client of a record's creation only after the next change of that record. */
function swapping(oneIn: number): Notify {
  const held = new Map<Send, Map<string, string>>();
  const hold = everyNth(oneIn, (text, send) => {
    const { action, record } = toldIn(text);
    if (action === 'CREATE') held.set(send, (held.get(send) ?? new Map<string, string>()).set(record, text));
    else send(text);
  });
  return (text, send) => {
    const { record } = toldIn(text);
    const waiting = held.get(send)?.get(record);
    if (waiting === undefined) return hold(text, send);
    send(text);
    send(waiting);
    held.get(send)?.delete(record);
  };
}

/** Tells every client of what was meant for one. */
function misdirecting(oneIn: number): Notify {
  const queries = new Map<Send, string>();
  const tellAll = everyNth(oneIn, (text) => {
    for (const [send, id] of queries) send(text.replace(toldIn(text).id, id));
  });
  return (text, send) => {
    queries.set(send, toldIn(text).id);
    tellAll(text, send);
  };
}

/** Tells of changes that were refused. */
function leakingRefused(): LiveFault {
  const clients = new Map<Send, string>();
  return {
    async fault({ body }, forward) {
      const [, action, record, version] = /(CREATE|UPDATE) (item:\w+) SET version = (\d+).*THROW/.exec(body) ?? [];
      const reply = await forward();
      if (record === undefined) return reply;
      const result = { version: Number(version) };
      for (const [send, id] of clients) send(JSON.stringify({ result: { id, action, record, result } }));
      return reply;
    },
    notify(text, send) {
      clients.set(send, toldIn(text).id);
      send(text);
    },
  };
}

/** By name, with the anomaly that a checker must name. */
export const LIVE_FAULTS: Readonly<Record<string, readonly [finds: string, make: () => LiveFault]>> = {
  'drop a notification': ['dropped', () => ({ fault: HONEST, notify: everyNth(50, () => {}) })],
  'tell twice': [
    'duplicate',
    () => ({
      fault: HONEST,
      notify: everyNth(50, (text, send) => {
        send(text);
        send(text);
      }),
    }),
  ],
  'swap two': ['out of order', () => ({ fault: HONEST, notify: swapping(5) })],
  'tell of a record that is not there': [
    'phantom',
    () => ({ fault: HONEST, notify: everyNth(50, (text, send) => send(text.replaceAll(/item:\w+/g, 'item:nobody'))) }),
  ],
  'tell the wrong subscriber': ['leaked', () => ({ fault: HONEST, notify: misdirecting(20) })],
  'fetch an older record': [
    'wrong link',
    () => ({
      fault: HONEST,
      notify: everyNth(20, (text, send) => send(text.replace(/("detail":\{[^}]*"version":)\d+/, '$10'))),
    }),
  ],
  'tell of what was refused': ['dirty', leakingRefused],
  'go on after KILL': [
    'after kill',
    () => ({
      notify: PASS,
      fault: async ({ body }, forward) =>
        body.startsWith('KILL')
          ? { status: 200, body: '[{"result":null,"status":"OK","time":"1ms","type":null}]' }
          : forward(),
    }),
  ],
  nothing: ['', () => ({ fault: HONEST, notify: PASS })],
};
