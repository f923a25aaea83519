/// <reference lib="dom" />
// Runs in the reader's browser: fills in the figures of a load once a second.
import type { LiveFigures } from './live-page.ts';

const PERIOD_MS = 1000;
const state = document.getElementById('state');
const dashboard = document.querySelector<HTMLIFrameElement>('#dashboard');

function show(figures: LiveFigures): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-figure]')) {
    const value = figures[element.dataset.figure as keyof LiveFigures];
    if (typeof value === 'number') element.textContent = value.toFixed(element.dataset.figure === 'p95' ? 1 : 0);
  }
  const { isLoading, errors, anomalies } = figures;
  const sofar = anomalies > 0 ? 'fail so far' : errors > 0 ? 'errors so far' : 'nothing wrong so far';
  if (state !== null) state.textContent = isLoading ? `Loading: ${sofar}` : `Reading everything back: ${sofar}`;
  // k6 ends when no window shows its dashboard any more.
  if (!isLoading) dashboard?.remove();
}

async function look(): Promise<void> {
  try {
    const figures = (await (await fetch('figures')).json()) as LiveFigures | null;
    if (figures !== null) show(figures);
  } catch {
    if (state !== null) state.textContent = 'The run has ended: its verdict is in the terminal and in report.html';
    dashboard?.remove();
    clearInterval(timer);
  }
}

const timer = setInterval(() => void look(), PERIOD_MS);
void look();
