import { type Browser, chromium } from 'playwright-core';
import { which } from 'zx';

const program = (await which('chromium', { nothrow: true })) ?? (await which('google-chrome', { nothrow: true }));

/** Why tests in a browser are skipped. */
export const NO_BROWSER = program === null && 'SKIPPED: no chromium on PATH, so no page was looked at in a browser';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: program ?? 'chromium', args: FLAGS });
