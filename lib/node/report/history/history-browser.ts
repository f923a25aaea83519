/// <reference lib="dom" />
// Runs in the reader's browser: shows the operations that match the filter, a page at a time.
import type { Operation } from '../../../core/history/history.ts';
import { OUTCOME_MARKS, operationLabel } from '../evidence/operation-label.ts';
import type { OperationsAnswer } from './serve-run.ts';

const PAGE = 100;
/** Milliseconds between looks at an index that is still being built. */
const REFRESH = 1000;

const form = document.getElementById('filters') as HTMLFormElement;
const body = document.getElementById('operations') as HTMLTableSectionElement;
const element = (id: string) => document.getElementById(id) as HTMLElement;
let page = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function queryOf(): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== '') query.set(name, String(value));
  return query;
}

async function show(): Promise<void> {
  clearTimeout(timer);
  const query = queryOf();
  history.replaceState(null, '', `?${query}`);
  query.set('page', String(page));
  const answer = (await (await fetch(`/operations?${query}`)).json()) as OperationsAnswer;
  addChoices('node', answer.nodes);
  addChoices('function', answer.functions);
  body.replaceChildren(...(answer.operations as Operation[]).map(rowOf));
  const first = Math.min(answer.total, page * PAGE + 1);
  const last = Math.min(answer.total, (page + 1) * PAGE);
  element('position').textContent = `${first}–${last} of ${answer.total}`;
  element('state').textContent = answer.isComplete
    ? `${answer.indexed} operations in the history.`
    : `${answer.indexed} operations read so far …`;
  (element('previous') as HTMLButtonElement).disabled = page === 0;
  (element('next') as HTMLButtonElement).disabled = last >= answer.total;
  if (!answer.isComplete) timer = setTimeout(show, REFRESH);
}

function addChoices(name: string, values: readonly string[]): void {
  const select = form.elements.namedItem(name) as HTMLSelectElement;
  const known = new Set([...select.options].map(({ value }) => value));
  for (const value of values) if (!known.has(value)) select.add(new Option(value));
}

function rowOf(operation: Operation): HTMLTableRowElement {
  const { process, node, protocol, start, end, outcome, error, attempts = 1 } = operation;
  const row = document.createElement('tr');
  for (const text of [
    (start / 1000).toFixed(4),
    end === undefined ? 'no answer' : (end - start).toFixed(2),
    String(process),
    node,
    operationLabel(operation),
    `${OUTCOME_MARKS[outcome]} ${outcome}${error === undefined ? '' : `: ${error}`}`,
    protocol,
    String(attempts),
  ])
    row.insertCell().textContent = text;
  const label = row.cells[4] as HTMLTableCellElement;
  label.title = JSON.stringify(operation.value) ?? '';
  return row;
}

function turn(by: number): void {
  page += by;
  show();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  page = 0;
  show();
});
element('previous').addEventListener('click', () => turn(-1));
element('next').addEventListener('click', () => turn(1));
// A link sets the filter. Names of nodes and functions are not known yet, so their choices are made here.
for (const [name, value] of new URLSearchParams(location.search)) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLSelectElement) addChoices(name, [value]);
  if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
}
show();
