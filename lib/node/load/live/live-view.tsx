/** Names of the figures, by the field that the page's script fills in. */
const FIGURES = {
  operations: 'operations',
  perSecond: 'operations/s',
  p95: 'p95 latency, ms',
  errors: 'errors',
  conflicts: 'conflicts',
  anomalies: 'wrong answers, broken invariants',
} as const;

interface LiveViewProps {
  readonly title: string;
  /** URL of k6's dashboard. */
  readonly dashboard: string;
}

/** The page of a load that runs: figures so far, and k6's dashboard. */
export const LiveView = ({ title, dashboard }: LiveViewProps) => (
  <main>
    <header>
      <h1 id="state">Setting up</h1>
      <p class="where">{title}</p>
    </header>
    <p class="counts" aria-live="off">
      {Object.entries(FIGURES).map(([name, label]) => (
        <span>
          <b data-figure={name}>–</b> {label}
        </span>
      ))}
    </p>
    <p class="note">
      Rate and p95 are those of the last two seconds. The checkers need the whole history: their verdict follows when
      the load has ended.
    </p>
    <iframe class="dashboard" id="dashboard" title="k6 dashboard" src={dashboard} />
  </main>
);
