import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Node, parse } from 'acorn';
import { full } from 'acorn-walk';
import { type Plugin, transform } from 'esbuild';

/**
 * Bundles code that awaits as code that does not. Scenarios `await` each operation, as a protocol may answer later; if none of
 * a run does, its code is bundled without `async` and `await`: k6's engine charges some microseconds for each, which is more than
 * the rest of an iteration costs (docs/evidence/protocols.md).
 */
export const synchronous: Plugin = {
  name: 'synchronous',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!/\basync\b/.test(source)) return { contents: source, loader: 'ts' };
      const { code } = await transform(source, {
        loader: 'ts',
        target: 'es2022',
        sourcemap: 'inline',
        // A source map names its sources from where its file is.
        sourcefile: basename(path),
      });
      return { contents: withoutAwaits(code), loader: 'js' };
    });
  },
};

/** Blanks every `async` and `await` of a module, so that all else stays in its place and its source map true. */
export function withoutAwaits(code: string): string {
  const letters = code.split('');
  const blank = (word: string, from: number): void => {
    const at = code.indexOf(word, from);
    letters.fill(' ', at, at + word.length);
  };
  full(
    parse(code, { ecmaVersion: 2022, sourceType: 'module' }),
    (node: Node & { async?: boolean; value?: unknown }) => {
      if (node.type === 'AwaitExpression') blank('await', node.start);
      const isMethod = (node.type === 'MethodDefinition' || node.type === 'Property') && isAsyncMethod(code, node);
      const isFunction = node.async === true && code.startsWith('async', node.start);
      if (isMethod || isFunction) blank('async', node.start);
    },
  );
  return letters.join('');
}

/** A method's function begins with its parameters, so the word stands before its name. */
function isAsyncMethod(code: string, { start, value }: { start: number; value?: unknown }): boolean {
  const { async, start: own } = value as { async?: boolean; start: number };
  return async === true && !code.startsWith('async', own) && /^(static\s+)?async\b/.test(code.slice(start, own));
}
