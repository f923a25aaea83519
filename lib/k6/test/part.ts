import execution from 'k6/execution';

/** The scenario of a mixed load that this user is at; undefined where a scenario runs alone. */
let part: string | undefined;
let prefix = '';
let tags: Record<string, unknown> | undefined;

/** From here on what this user sends, counts and records belongs to one scenario of a mixed load. */
export function enterPart(name: string): void {
  part = name;
  prefix = `${name}/`;
  // Also the tag of what scenarios count themselves, so that limits of the same metric stay apart.
  tags ??= execution.vu.metrics.tags;
  tags.part = name;
}

/** An operation's name in metrics and history: `transfer`, in a mixed load `bank/transfer`. */
export const operationName = (f: string): string => (prefix === '' ? f : prefix + f);

/** The tag of the part that was entered last. k6 forgets a user's tags when its next phase begins. */
export const partTag = (): Readonly<Record<string, string>> => (part === undefined ? {} : { part });
