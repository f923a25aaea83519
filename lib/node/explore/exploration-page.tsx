import { join } from 'node:path';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import type { Exploration, ExplorationFinding, RecordedRun } from '../../core/explore/exploration.ts';
import {
  type CommandOf,
  explorationSummary,
  neededText,
  needText,
  repeatsText,
} from '../../core/explore/exploration-table.ts';
import { Counts, Section, Table } from '../report/elements.tsx';
import { document, styles } from '../report/html-document.ts';
import { writeAtomically } from '../system/files.ts';

interface PageData {
  readonly exploration: Exploration;
  readonly runs: readonly RecordedRun[];
  /** The target, in a few words. */
  readonly target: string;
  readonly commandOf: CommandOf;
}

/** Writes index.html into an exploration's folder: one file that loads nothing else. @returns its path */
export async function writeExplorationPage(folder: string, data: PageData): Promise<string> {
  const path = join(folder, 'index.html');
  await writeAtomically(path, document('Exploration', await styles(), render(h(Page, data))));
  return path;
}

function Page({ exploration, runs, target, commandOf }: PageData) {
  const { findings, seeds } = exploration;
  const count = (state: string) => runs.filter(({ outcome }) => outcome.state === state).length;
  return (
    <main>
      <header>
        <h1>{findings.length === 0 ? 'Exploration: nothing found' : `Exploration: ${findings.length} found`}</h1>
        <p class="where">{target}</p>
      </header>
      <Counts
        counts={[
          ['seeds', seeds],
          ['runs', runs.length],
          ['with an anomaly', count('anomaly')],
          ['that prove nothing', count('undecided')],
        ]}
      />
      {findings.length === 0 ? null : (
        <Section title="Findings" note="A trial that fails is repeated, shrunk, and changed in one thing at a time.">
          <Table
            caption="Findings"
            head={['Seed', 'Found', 'Repeats', 'Needs']}
            rows={findings.map((it) => [String(it.seed), it.found.join(', '), repeatsText(it), neededText(it)])}
            stacks
          />
        </Section>
      )}
      {findings.map((it) => (
        <Finding finding={it} commandOf={commandOf} />
      ))}
      <Section title="Runs">
        <p class="note">{explorationSummary(exploration, runs)}</p>
        <Table
          caption="Runs"
          head={['Run', 'Result', 'Seconds', 'Trial']}
          rows={runs.map(({ key, outcome: { state, found, message, run, seconds } }, index) => [
            run === undefined ? (
              String(index + 1)
            ) : (
              <a href={`../${encodeURIComponent(run)}/report.html`}>{String(index + 1)}</a>
            ),
            state === 'anomaly' ? found.join(', ') : state === 'nothing' ? 'nothing' : `${state}: ${message}`,
            seconds.toFixed(0),
            <code>{key}</code>,
          ])}
          stacks
        />
      </Section>
    </main>
  );
}

function Finding({ finding, commandOf }: { finding: ExplorationFinding; commandOf: CommandOf }) {
  const { seed, message, smallest, isSmallest, needs, alsoBy } = finding;
  return (
    <Section title={`Seed ${seed}`} note={message}>
      <p>{isSmallest ? 'Smallest command:' : 'Smallest command so far:'}</p>
      <pre>
        <code>{commandOf(smallest)}</code>
      </pre>
      <ul>
        {needs.map((need) => (
          <li>{needText(need)}</li>
        ))}
      </ul>
      {alsoBy.length === 0 ? null : <p class="note">The same by further seeds: {alsoBy.join(', ')}</p>}
    </Section>
  );
}
