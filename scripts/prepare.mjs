/** After an install in a clone: the addon, unless a current one is there, then the TypeScript. */
import { existsSync } from 'node:fs';
import { buildNative } from './build-native.mjs';
import { buildTs } from './build-ts.mjs';
import { addonIsCurrent } from './fingerprint.mjs';
import { installedPlatformPackage } from './platform.mjs';
import { tool } from './run-command.mjs';

if (!existsSync(tool('typescript'))) {
  console.error('@cortex-os/native: a build needs the development dependencies; install without --omit=dev');
  process.exit(1);
}

const platformPackage = installedPlatformPackage();
if (platformPackage) {
  console.log(`addon: ${platformPackage} is installed, nothing to build`);
} else if (addonIsCurrent()) {
  console.log('addon: current, nothing to build');
} else if (!(await buildNative())) {
  process.exit(1);
}
process.exitCode = (await buildTs()) ? 0 : 1;
