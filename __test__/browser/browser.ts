/** The system's Chromium, driven by playwright-core. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const path = process.env.CORTEX_CHROMIUM ?? '/usr/bin/chromium';

/** Why the browser tests cannot run here; undefined when they can. An error where nothing may be skipped. */
export function missingBrowser(): string | undefined {
  if (existsSync(path)) return undefined;
  if (process.env.CORTEX_NEVER_SKIP === '1')
    throw new Error(`no browser at ${path}, and nothing may be skipped`);
  return `no browser at ${path}`;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
