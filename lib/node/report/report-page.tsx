import { LoadCurve } from './capacity/load-curve.tsx';
import { shadesOf } from './chart-data.ts';
import { Charts } from './charts.tsx';
import { Faults } from './faults.tsx';
import { Generators } from './generators.tsx';
import { Headline } from './headline.tsx';
import { Findings, Invariants, Requirements, Validity } from './judgement.tsx';
import { Conflicts, Load } from './load.tsx';
import type { ReportData } from './report-data.ts';
import { RunFacts } from './run-facts.tsx';
import { WhereTimeGoes } from './servers/where-time-goes.tsx';
import { Visibility } from './visibility.tsx';

/** The page; its script draws the charts into their figures. */
export function Page({ data }: { data: ReportData }) {
  const { run, summary, verdict, figures, faults } = data;
  const checks = verdict?.checks ?? [];
  const seconds = run.plan.measured.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
  return (
    <main>
      <Headline data={data} />
      {verdict === undefined ? null : <Findings verdict={verdict} />}
      <Requirements limits={verdict?.limits ?? []} />
      <Invariants checks={checks} exercised={verdict?.exercised} contexts={data.contexts} {...shadesOf(data)} />
      <Validity data={data} />
      {summary === undefined ? null : <Load summary={summary} />}
      <Generators shares={run.generators ?? []} clocks={verdict?.clocks} />
      <Faults windows={faults} />
      <LoadCurve data={data} />
      <WhereTimeGoes servers={data.servers} measured={figures.measured} />
      <Charts data={data} />
      <Conflicts conflicts={figures.conflicts} seconds={seconds} />
      <Visibility checks={checks} />
      <RunFacts data={data} />
    </main>
  );
}
