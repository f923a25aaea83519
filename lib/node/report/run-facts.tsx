import { formatDuration } from '../../core/load/duration.ts';
import { SETTINGS, type Setting, type Settings } from '../../core/settings/settings.ts';
import { applied } from '../catalog/catalog.ts';
import { Prose, Section, Table } from './elements.tsx';
import type { ReportData } from './report-data.ts';

const LINKS: Readonly<Record<string, string>> = {
  'dashboard.html': "k6's own dashboard",
  'history.ndjson.gz': 'history of every operation',
  'summary.json': 'all metrics',
  'verdict.json': 'verdict',
  'faults.json': 'faults',
  'servers.json': 'counters of TiKV and PD',
  'timeline.json': 'CPU and memory of every process',
  'k6.log': "k6's log",
};

/** Target, nodes, versions, settings and seed: everything needed to repeat the run. */
export function RunFacts({ data: { run, files } }: { data: ReportData }) {
  const { nodes, notes, version, kind } = run.target;
  const machine = Object.entries(run.machine).map(([name, value]) => `${name} ${shown(name, value)}`);
  return (
    <Section title="Configuration">
      <p>Command to repeat this run with the same data:</p>
      <pre class="command">{run.command}</pre>
      {notes.map((note) => (
        <p class="note">{note}</p>
      ))}
      <Table
        caption="Nodes"
        head={['Node', 'URL', 'Ready after']}
        rows={nodes.map(({ name, url, startUp }) => [name, url, startUp === undefined ? '' : formatDuration(startUp)])}
      />
      <Table
        caption="Versions, machine and settings"
        head={['Setting', 'Value']}
        rows={[
          ['target', `${kind}, ${version}`],
          ...(run.commit === undefined ? [] : [['commit', run.commit]]),
          ...(run.suite === undefined ? [] : [['suite', run.suite]]),
          ['k6', `${run.k6.version} (${run.k6.source})`],
          ['machine', <Prose>{machine.join(', ')}</Prose>],
          ...settingsOf(run).map(([name, value]) => [name, shown(name, value)]),
        ]}
      />
      <p>
        {files
          .filter((file) => file in LINKS)
          .map((file) => (
            <a href={file}>{LINKS[file]}</a>
          ))}
      </p>
    </Section>
  );
}

/** Settings that apply to this scenario; nodes have their own table. */
function settingsOf({ scenario, settings }: ReportData['run']): [name: string, value: unknown][] {
  const known: Readonly<Record<string, Setting>> = SETTINGS;
  const mix = (settings.mix ?? {}) as Settings['mix'];
  return Object.entries(settings).filter(([name]) => {
    const setting = known[name];
    return name !== 'nodes' && setting?.flag !== undefined && applied(setting, scenario, mix);
  });
}

const DURATIONS = new Set(['duration', 'timeout', 'window', 'patience']);

function shown(name: string, value: unknown): string {
  if (name === 'memory') return `${(Number(value) / 1e9).toFixed(1)} GB`;
  if (DURATIONS.has(name)) return formatDuration(Number(value));
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([part, share]) => `${part}=${share}`)
    .join(',');
}
