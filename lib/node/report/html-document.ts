import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import { bundleInMemory } from '../system/esbuild.ts';

/** A whole HTML document that loads nothing. @param body markup, scripts included */
export function document(title: string, style: string, body: string): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `${render(h('title', null, title))}<style>${style}</style></head>`,
    `<body>${body}</body></html>`,
  ].join('\n');
}

/** Style sheet of all pages. */
export const styles = (): Promise<string> => readFile(join(import.meta.dirname, 'style.css'), 'utf8');

/** A script of a page, bundled with what it imports. @param entry its file, relative to this folder */
export async function browserScript(entry: string): Promise<string> {
  const { outputFiles } = await bundleInMemory({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  });
  return (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script');
}
