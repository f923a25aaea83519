import { query, type Request } from '../../core/protocols/request.ts';
import { fieldOf, type Row, rowReader } from '../../core/workload-file/expectations.ts';
import { castOf, type DrawingContext, type Drawn, drawer } from '../../core/workload-file/values.ts';
import type { Step } from '../../core/workload-file/workload.ts';

export type Parameters = Readonly<Record<string, Drawn>>;

/** The requests of a step: what does not change from one to the next is worked out once. */
export interface StepRequests {
  /** Values for the parameters of one request. @throws NothingToDraw */
  readonly draw: () => Parameters;
  readonly request: (parameters: Parameters) => Request<unknown[]>;
  /** The rows of its answer. */
  readonly rows: (results: readonly unknown[]) => Row[];
}

export function stepRequests(step: Step, context: DrawingContext): StepRequests {
  const drawers = Object.entries(step.with).map(([name, source]) => [name, drawer(source, context)] as const);
  const text = preludeOf(step.with) + step.query;
  return {
    draw() {
      const parameters: Record<string, Drawn> = {};
      for (const [name, draw] of drawers) parameters[name] = draw();
      return parameters;
    },
    request(parameters) {
      const texts: Record<string, string> = {};
      for (const [name] of drawers) texts[name] = parameters[name]?.text ?? '';
      return query(text, texts);
    },
    rows: rowReader(step),
  };
}

/** Statements that give parameters their types: in a request each parameter is text. */
const preludeOf = (sources: Step['with']): string =>
  Object.entries(sources)
    .map(([name, source]) => [name, castOf(source)])
    .map(([name, cast]) => (cast === '' ? '' : `LET $${name} = <${cast}> $${name};`))
    .join('');

/** Keeps values of a step's answer for later steps. */
export function keepValues({ keep }: Step, rows: readonly Row[], { kept }: DrawingContext): void {
  for (const name in keep) kept.set(name, keptValue(fieldOf(rows[0], keep[name] as string)));
}

function keptValue(value: unknown): Drawn {
  if (typeof value === 'number' || typeof value === 'boolean') return { value, text: String(value) };
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return { value: text, text };
}
