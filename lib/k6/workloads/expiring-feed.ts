import { CLIENTS } from '../../core/protocols/clients.ts';
import { query } from '../../core/protocols/request.ts';
import { type Entry, MOST_ENTRIES, nextVersionstamp } from '../../core/workloads/change-records.ts';
import {
  briefRecord,
  EXPIRING_POLL,
  EXPIRING_SCHEMA,
  EXPIRING_WRITE,
  type ExpiringPoll,
} from '../../core/workloads/expiring-records.ts';
import { lineStart, record } from '../operations/recorder.ts';
import { type Route, routeOf } from '../session/route.ts';
import type { Session } from '../session/session.ts';
import { credentials } from '../setup/environment.ts';
import { createBeside } from '../setup/namespace.ts';
import { now, userId } from '../test/execution.ts';
import { feedFrom } from './feed-consumer.ts';

/** A record as its entry in the feed shows it. */
interface Shown {
  readonly number: number;
  readonly versionstamp: string;
}

/** Whether the run may create a database: if a database is given, it has no other one. */
export const CAN_EXPIRE = credentials.database === undefined;

const DATABASE = 'expiry';

/** Creates the database whose changes expire. @param route of the scenario's database */
export const createExpiring = (route: Route): void => createBeside(route, DATABASE, EXPIRING_SCHEMA);

/** Makes records, and reads their feed as a consumer that was away: from the same position again and again, until that has expired. */
export class ExpiringFeed {
  #made = 0;
  #position: Shown | undefined;
  readonly #session: Session;

  /** @param session in the scenario's database */
  constructor(session: Session) {
    this.#session = session.beside(DATABASE);
  }

  /** Makes a record on a node, and reads the feed there if that was acknowledged. */
  step({ node }: Route): void {
    this.#session.renewWhenDue(node);
    const route = routeOf(this.#session, node, CLIENTS.sql);
    if (this.#write(route)) this.#read(route);
  }

  #write(route: Route): boolean {
    const number = ++this.#made;
    const start = now();
    const text = `CREATE ${briefRecord(userId(), number)} SET version = ${number} RETURN NONE`;
    const answer = route.ask('write', query(text));
    const end = answer.outcome === 'unknown' ? undefined : now();
    record(lineStart(EXPIRING_WRITE, route.node, 'sql'), undefined, number, answer, start, end);
    return answer.outcome === 'ok';
  }

  #read(route: Route): void {
    const start = now();
    const position = this.#position;
    const answer = route.ask('poll', feedFrom(position === undefined ? '0' : nextVersionstamp(position.versionstamp)));
    const end = now();
    const page = answer.outcome === 'ok' ? answer.value : [];
    const shown = page.flatMap(ownRecord);
    const after = position?.number ?? 0;
    const value: ExpiringPoll = {
      after,
      got: shown.map(({ number }) => number),
      full: page.length >= MOST_ENTRIES,
    };
    record(lineStart(EXPIRING_POLL, route.node, 'sql'), undefined, value, answer, start, end);
    const [oldest] = shown;
    if (position === undefined) this.#position = oldest;
    else if (value.full || (oldest?.number ?? after) > after + 1) this.#position = shown.at(-1);
  }
}

/** What an entry shows of this client: it makes one record a transaction. */
function ownRecord([versionstamp, changes]: Entry): Shown[] {
  const own = changes.find(([, id]) => id.startsWith(briefRecord(userId(), '')));
  return own?.[0] === 'put' ? [{ number: own[2], versionstamp }] : [];
}
