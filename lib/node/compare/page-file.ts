import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import { ComparisonPage } from './page.tsx';
import type { ComparisonRecord } from './record.ts';

/** The comparison as one HTML file that needs nothing else. */
export async function comparisonHtml(record: ComparisonRecord): Promise<string> {
  const style = await readFile(join(import.meta.dirname, '../report/style.css'), 'utf8');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `${render(h('title', null, `${record.scenario}: ${record.state}`))}<style>${style}</style></head>`,
    `<body>${render(h(ComparisonPage, { record }))}</body></html>`,
  ].join('\n');
}
