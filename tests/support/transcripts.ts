import assert from 'node:assert/strict';
import { SPEED_BROKEN } from './answers.ts';
import { startCommand } from './commands.ts';

/** A command of a page, and what the page says that it prints. */
export interface Transcript {
  readonly command: string;
  readonly shown: string;
}

/** The commands of a page's console blocks: `$ command`, its indented continuation lines, and its output. */
export function transcriptsOf(page: string): Transcript[] {
  const blocks = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) =>
    [...block.matchAll(/^\$ (.*\n(?: {4}.*\n)*)((?:(?!\$ ).*\n)*)/gm)].map(([, command = '', shown = '']) => ({
      command,
      shown,
    })),
  );
}

const PASSED = new RegExp(`^(?:PASS: |(?:FAIL|INVALID): ${SPEED_BROKEN}: ).*$`, 'gm');
const MORE_ON_SPEED = new RegExp(`^${SPEED_BROKEN}: .*\n`, 'gm');

/**
 * A text without what differs from one run of a load to the next: figures with their units, rows, the width of columns, and
 * whether the machine was fast enough for the limits on speed.
 */
export const withoutFigures = (text: string): string =>
  text
    .replaceAll(PASSED, 'PASS')
    .replaceAll(MORE_ON_SPEED, '')
    .replaceAll(/\[\{.*\}\]/g, '[]')
    .replaceAll(/ *\d[\d.,:]*(?: (?:ms|s|MB|rows?)\b)? */g, ' # ')
    .replaceAll(/ +/g, ' ');

/**
 * Runs the commands in one bash, and compares what each prints; `…` in a page stands for anything.
 * @param compared what of the texts is compared
 */
export async function assertTranscripts(
  transcripts: readonly Transcript[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
  compared: (text: string) => string = (text) => text,
): Promise<void> {
  const END = '--- end of command ---';
  const script = transcripts.map(({ command }) => `${command}echo '${END}'\n`).join('');
  const { stdout } = await startCommand('bash', ['-c', `cd "$FOLDER"; exec 2>&1\n${script}`], {
    ...env,
    FOLDER: folder,
  }).result;
  const printed = stdout.split(`${END}\n`);
  for (const [index, { command, shown }] of transcripts.entries()) {
    const pattern = compared(shown)
      .split('…')
      .map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    assert.match(compared(printed[index] ?? ''), new RegExp(`^${pattern.join('[^]*?')}$`), command);
  }
}
