/// <reference lib="dom" />

/** A table of what a chart shows. */
export function figuresOf(
  title: string,
  head: readonly string[],
  rows: readonly (readonly (number | null | undefined)[])[],
): HTMLElement {
  const region = document.createElement('div');
  region.className = 'scroll tall';
  region.tabIndex = 0;
  region.setAttribute('role', 'region');
  region.setAttribute('aria-label', `${title}: figures`);
  const table = region.appendChild(document.createElement('table'));
  const header = table.createTHead().insertRow();
  for (const name of head) header.append(headerCell(name, 'col'));
  const body = table.createTBody();
  for (const [first, ...rest] of rows) {
    const row = body.insertRow();
    row.append(headerCell(text(first), 'row'));
    for (const value of rest) row.insertCell().textContent = text(value);
  }
  return region;
}

function headerCell(content: string, scope: 'col' | 'row'): HTMLElement {
  const cell = document.createElement('th');
  cell.scope = scope;
  cell.textContent = content;
  return cell;
}

const text = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : String(Number(value.toPrecision(6)));
