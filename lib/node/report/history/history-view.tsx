import { OUTCOMES } from '../../../core/protocols/outcome.ts';

/** The frame of the history view; its script fills in the operations. */
export function HistoryPageView() {
  return (
    <main class="wide">
      <header>
        <h1>Operations</h1>
        <p class="where">
          <a href="/">Report</a> <span id="state">Reading the history …</span>
        </p>
      </header>
      <form class="filters" id="filters">
        <Field name="client" label="Client" kind="decimal" />
        <Field name="key" label="Key or element" kind="text" />
        <Choice name="node" label="Node" values={[]} />
        <Choice name="function" label="Function" values={[]} />
        <Choice name="outcome" label="Outcome" values={OUTCOMES} />
        <Field name="from" label="From, s" kind="decimal" />
        <Field name="to" label="To, s" kind="decimal" />
        <button type="submit">Filter</button>
      </form>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section class="scroll" aria-label="Operations" tabIndex={0}>
        <table>
          <caption class="visually-hidden">Operations that match the filter</caption>
          <thead>
            <tr>
              {['Start, s', 'Duration, ms', 'Client', 'Node', 'Operation', 'Outcome', 'Protocol', 'Attempts'].map(
                (title) => (
                  <th scope="col">{title}</th>
                ),
              )}
            </tr>
          </thead>
          <tbody id="operations" />
        </table>
      </section>
      <p>
        <button type="button" id="previous">
          Previous page
        </button>{' '}
        <span id="position" />{' '}
        <button type="button" id="next">
          Next page
        </button>
      </p>
    </main>
  );
}

const Field = ({ name, label, kind }: { name: string; label: string; kind: 'decimal' | 'text' }) => (
  <label>
    {label}
    <input name={name} inputMode={kind} />
  </label>
);

const Choice = ({ name, label, values }: { name: string; label: string; values: readonly string[] }) => (
  <label>
    {label}
    <select name={name}>
      <option value="">all</option>
      {values.map((value) => (
        <option>{value}</option>
      ))}
    </select>
  </label>
);
