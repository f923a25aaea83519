import { quantity } from '../../../core/verdict/tables.ts';
import type { ServersFile } from '../../load/measure/server-meter.ts';
import { Section, Table } from '../elements.tsx';
import { fitted, Picture, WIDTH } from '../evidence/svg.tsx';
import { type MeasuredTime, type TimePart, type TimeShares, timeShares } from './time-shares.ts';

interface WhereTimeGoesProps {
  readonly servers: ServersFile | undefined;
  readonly measured: MeasuredTime;
}

/** Time per operation in TiKV and PD, by their own counters; nothing for targets without them. */
export function WhereTimeGoes({ servers, measured }: WhereTimeGoesProps) {
  const shares = servers && timeShares(servers, measured);
  if (servers === undefined || shares === undefined) return null;
  const { client, tikv, within, pd, rest, cpu, restarted } = shares;
  const share = (part: number): string => `${Math.round((part / client) * 100)} %`;
  const row = (prefix: string, { name, requestsPerOperation, perRequest, perOperation }: TimePart) => [
    `${prefix}${name}`,
    requestsPerOperation.toFixed(2),
    quantity(perRequest, 'ms'),
    quantity(perOperation, 'ms'),
    share(perOperation),
  ];
  return (
    <Section
      title="Where the time goes"
      note={`Mean time per operation of the measured part (${measured.operations} operations): what clients saw, and what TiKV and PD counted in their own /metrics. Requests of one operation may run at the same time. SurrealDB shows no durations: its own time is in the rest, with the network and waiting.`}
    >
      <Shares shares={shares} />
      <Table
        caption="Time per operation by part of the cluster"
        head={['Part', 'Requests per operation', 'Time per request', 'Time per operation', 'Share of the latency']}
        rows={[
          ['Latency that clients saw', '', '', quantity(client, 'ms'), '100 %'],
          ...tikv.map((part) => row('TiKV: ', part)),
          ...within.map((part) => row('of TiKV: ', part)),
          pd === undefined ? ['PD: timestamps', '', '', 'not shown by this PD', ''] : row('PD: ', pd),
          [
            'Rest: SurrealDB, network, waiting',
            '',
            '',
            rest < 0 ? 'none: requests ran at the same time' : quantity(rest, 'ms'),
            rest < 0 ? '' : share(rest),
          ],
        ]}
      />
      {cpu.length === 0 ? null : (
        <Table
          caption="CPU of TiKV and PD in the measured part"
          head={['Server', 'Cores', 'CPU per operation']}
          rows={cpu.map(({ name, cores, perOperation }) => [name, cores.toFixed(2), quantity(perOperation, 'ms')])}
        />
      )}
      {restarted.length === 0 ? null : (
        <p class="note">Left out because they restarted meanwhile: {restarted.join(', ')}.</p>
      )}
      {servers.unread.length === 0 ? null : (
        <p class="note">Not read: {servers.unread.map(({ name, reason }) => `${name} (${reason})`).join(', ')}.</p>
      )}
    </Section>
  );
}

const HEIGHT = 44;
const MOST_PARTS = 4;

/** The latency of an operation as a bar, divided by who took the time. */
function Shares({ shares: { client, tikv, pd, rest } }: { shares: TimeShares }) {
  const others = tikv.slice(MOST_PARTS).reduce((sum, { perOperation }) => sum + perOperation, 0);
  const parts = [
    ...tikv.slice(0, MOST_PARTS).map(({ name, perOperation }) => [`TiKV ${name}`, perOperation] as const),
    ...(others > 0 ? [['TiKV, other requests', others] as const] : []),
    ...(pd === undefined ? [] : [['PD timestamps', pd.perOperation] as const]),
    ...(rest > 0 ? [['rest: SurrealDB, network, waiting', rest] as const] : []),
  ];
  const total = parts.reduce((sum, [, value]) => sum + value, 0);
  let left = 0;
  const drawn = parts.map(([name, value], index) => {
    const width = (value / total) * WIDTH;
    const part = { name, value, x: left, width, color: name.startsWith('rest') ? 's4' : `s${index % 4}` };
    left += width;
    return part;
  });
  return (
    <Picture
      title={`Mean time per operation, ms (clients saw ${quantity(client, 'ms')})`}
      description={parts.map(([name, value]) => `${name}: ${quantity(value, 'ms')}`).join('; ')}
      height={HEIGHT}
      legend={drawn.map(({ name, value, color }) => (
        <span class="key-of" style={`--mark: var(--${color})`}>
          {name} {quantity(value, 'ms')}
        </span>
      ))}
    >
      {drawn.map(({ name, value, x, width, color }) => (
        <g class="life" style={`--mark: var(--${color})`}>
          <title>{`${name}: ${quantity(value, 'ms')}`}</title>
          <rect x={x} y="6" width={Math.max(1, width - 2)} height={HEIGHT - 12} rx="3" />
          <text x={x + 8} y={HEIGHT / 2 + 4}>
            {fitted(name, width - 14)}
          </text>
        </g>
      ))}
    </Picture>
  );
}
