/** Which platform package belongs to this machine, and which addon file the build writes for it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './root.mjs';

const require = createRequire(join(root, 'package.json'));

/** Example: `linux-x64-gnu`, `darwin-arm64`, `win32-x64-msvc`. */
export function platformSuffix() {
  const { platform, arch } = process;
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  return `${platform}-${arch}`;
}

export function addonPath() {
  return join(root, `cortex-native.${platformSuffix()}.node`);
}

/** Directory of the installed platform package of exactly this version, or undefined. */
export function installedPlatformPackage() {
  const name = `${require('./package.json').name}-${platformSuffix()}`;
  try {
    const manifestPath = require.resolve(`${name}/package.json`);
    if (require(manifestPath).version !== require('./package.json').version) return undefined;
    return existsSync(require.resolve(name)) ? name : undefined;
  } catch {
    return undefined;
  }
}

// The report names the glibc it runs on; a musl build of Node has no such field.
function isMusl() {
  process.report.excludeNetwork = true;
  return !process.report.getReport().header.glibcVersionRuntime;
}
