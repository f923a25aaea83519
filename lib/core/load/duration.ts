const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration as k6 and SurrealDB write it (`500ms`, `30s`, `1m30s`, `1h`), or undefined. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    milliseconds += Number(number) * (UNITS[unit ?? ''] ?? 0);
  return milliseconds;
}

/** A duration to the millisecond, as parseDuration reads it: `2.5s`. */
export const exactDuration = (milliseconds: number): string =>
  milliseconds % 1000 === 0 ? formatDuration(milliseconds) : `${milliseconds / 1000}s`;

/** A duration for people: `850ms`, `15s`, `1m30s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`;
  const seconds = Math.round(milliseconds / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ];
  return parts.flatMap(([amount, unit]) => (amount > 0 ? [`${amount}${unit}`] : [])).join('');
}
