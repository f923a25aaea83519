import { UsageError } from '../cli/errors.ts';

/** Settings of `surreal` by the name of their environment variable. */
export type NodeSettings = Readonly<Record<string, string>>;

export const SETTING_HELP =
  'native, compose: environment of the nodes, such as SURREAL_TIKV_ASYNC_COMMIT=false (repeatable)';

/** What the suite sets itself. */
const OWN = ['SURREAL_USER', 'SURREAL_PASS', 'SURREAL_BIND', 'SURREAL_PATH'];

/**
 * Reads `NAME=VALUE`, as often as it was given.
 * @param flag where it was given, for messages
 * @throws UsageError
 */
export function parseNodeSettings(flag: string, texts: readonly string[]): NodeSettings {
  const entries = texts.map((text): [string, string] => {
    const [, name, value] = /^(SURREAL_[A-Z0-9_]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw new UsageError(
        `${flag} "${text}" must be NAME=VALUE of the nodes, such as SURREAL_TIKV_ASYNC_COMMIT=false.`,
      );
    if (OWN.includes(name)) throw new UsageError(`${flag} ${name}: the suite sets it itself.`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}

/** ` with NAME=VALUE, …`, for descriptions; empty if there are none. */
export function nodeSettingsText(settings: NodeSettings = {}): string {
  const all = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return all.length === 0 ? '' : ` with ${all.join(', ')}`;
}
