import type { Specification } from './specification.ts';
import { formatRange } from './version.ts';

/** What was tried, and how to install the program. */
export function notFound(
  specification: Specification,
  missed: readonly { readonly way: string; readonly reason: string }[],
): string {
  const { name, supported, variable } = specification;
  return [
    `${name} ${formatRange(supported)} was not found. Tried:`,
    ...missed.map(({ way, reason }) => `  ${`${way}:`.padEnd(12)}${reason}`),
    'Install it:',
    ...installationLines(specification),
    `or set ${variable} to its file.`,
  ].join('\n');
}

/** The install command of each platform, indented. */
export function installationLines({ installations }: Specification): string[] {
  return installations.flatMap(({ platform, command }) => [
    `  ${platform}:`,
    ...command.split('\n').map((line) => `    ${line}`),
  ]);
}
