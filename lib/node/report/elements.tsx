import type { ComponentChildren } from 'preact';

/** A part of the page with an anchor. */
export function Section({ title, children, note }: { title: string; children: ComponentChildren; note?: string }) {
  const id = title.toLowerCase().replace(/\W+/g, '-');
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {note === undefined || note === '' ? null : <p class="note">{note}</p>}
      {children}
    </section>
  );
}

interface TableProps {
  /** Title for screen readers. */
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
  /** On a narrow screen each row becomes a block instead of scrolling sideways. */
  readonly stacks?: boolean;
}

/** A table whose first column names its rows. */
export function Table({ caption, head, rows, stacks = false }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section class="scroll" aria-label={caption} tabIndex={0}>
      <table class={stacks ? 'stacks' : undefined}>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {head.map((title) => (
              <th scope="col">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...rest]) => (
            <tr>
              <th scope="row">{first}</th>
              {rest.map((cell, index) => (
                <td data-label={head[index + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A figure and its name in one line of several. */
export function Counts({ counts }: { counts: readonly (readonly [name: string, figure: ComponentChildren])[] }) {
  return (
    <p class="counts">
      {counts.map(([name, figure]) => (
        <span>
          <b>{figure}</b> {name}
        </span>
      ))}
    </p>
  );
}

export const Prose = ({ children }: { children: ComponentChildren }) => <span class="says">{children}</span>;

const LONGEST = 500;

/** The beginning of a sentence that names everything; verdict.json has all of it. */
export const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
