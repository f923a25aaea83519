import { h } from 'preact';
import { render } from 'preact-render-to-string';
import { browserScript, document, styles } from '../../report/html-document.ts';
import { answer, serveOnLoopback } from '../../system/loopback-server.ts';
import { portsFrom } from '../../targets/ports.ts';
import type { TailFigures } from '../history/history-tail.ts';
import { LiveView } from './live-view.tsx';

/** What the page asks for once a second. */
export interface LiveFigures extends TailFigures {
  /** Whether load is sent: afterwards k6's dashboard is closed, because k6 waits for its windows before it ends. */
  readonly isLoading: boolean;
}

/** A page on loopback that shows a load while it runs. */
export interface LivePage {
  readonly url: string;
  /** Where k6 must serve its dashboard. */
  readonly dashboardPort: number;
  readonly show: (figures: TailFigures) => void;
  readonly close: () => void;
}

/** @param length of the load, milliseconds */
export async function serveLive(title: string, length: number): Promise<LivePage> {
  const [dashboardPort = 0] = await portsFrom(0, 1);
  const view = render(h(LiveView, { title, dashboard: `http://127.0.0.1:${dashboardPort}/` }));
  const page = document(
    title,
    await styles(),
    `${view}<script>${await browserScript('../load/live/live-browser.ts')}</script>`,
  );
  let figures: LiveFigures | undefined;
  let ends = Number.POSITIVE_INFINITY;
  const { url, close } = await serveOnLoopback(({ pathname }, response) => {
    if (pathname === '/') answer(response, 200, 'text/html; charset=utf-8', page);
    else if (pathname === '/figures') answer(response, 200, 'application/json', JSON.stringify(figures ?? null));
    else answer(response, 404, 'text/plain', `There is no ${pathname} here.`);
  });
  return {
    url,
    dashboardPort,
    close,
    show(now) {
      if (now.operations > 0 && ends === Number.POSITIVE_INFINITY) ends = Date.now() + length;
      figures = { ...now, isLoading: Date.now() < ends };
    },
  };
}
