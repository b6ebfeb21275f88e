/** The browser for the end-to-end tests: the system's own, on Debian as root installed when it is missing. */
import { existsSync } from 'node:fs';
import { isMain } from './main.mjs';
import { ask, hasCommand, run } from './run-command.mjs';

const KNOWN_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** @returns {Promise<string | undefined>} path of the executable; undefined where there is none and none can be had */
export async function provideChromium() {
  const found = findChromium();
  if (found) return found;
  if (!canInstall()) {
    console.log('chromium: none found; set CORTEX_CHROMIUM to its path to run the browser tests');
    return undefined;
  }
  console.log('chromium: installing it with apt-get');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const packages = ['install', '-y', '--no-install-recommends', 'chromium'];
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', packages, { env, capture: false });
  return findChromium();
}

export function findChromium() {
  const { CORTEX_CHROMIUM } = process.env;
  return CORTEX_CHROMIUM || KNOWN_PATHS.find((path) => existsSync(path));
}

// Debian's package works without snapd; Ubuntu's is a snap and does not run in a container.
function canInstall() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !hasCommand('apt-get')) return false;
  return ask('cat', ['/etc/os-release']).output.includes('\nID=debian');
}

if (isMain(import.meta.url)) {
  const path = await provideChromium();
  console.log(path ?? 'no chromium');
  process.exitCode = path ? 0 : 1;
}
