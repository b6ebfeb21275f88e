/** One hash over everything the addon is built from, so that a build is repeated exactly when it has to be. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addonPath, platformSuffix } from './platform.mjs';
import { root } from './root.mjs';

const SOURCES = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'src', 'napi'];

/** True when the addon and its loader are there and were built from the sources as they are now. */
export function addonIsCurrent() {
  const built = [addonPath(), join(root, 'native.js'), join(root, 'native.d.ts'), stampPath()];
  return built.every((path) => existsSync(path)) && readFileSync(stampPath(), 'utf8') === fingerprint();
}

export function writeStamp() {
  mkdirSync(dirname(stampPath()), { recursive: true });
  writeFileSync(stampPath(), fingerprint());
}

function stampPath() {
  return join(root, 'target', `cortex-native.${platformSuffix()}.stamp`);
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap(filesUnder)) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .filter((name) => name !== 'tests' && name !== 'tests.rs') // never part of the addon
    .sort()
    .flatMap((name) => filesUnder(`${path}/${name}`));
}
