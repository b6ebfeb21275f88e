/**
 * The fuzz targets compile. Running them wants a nightly compiler and cargo-fuzz; that they compile does not.
 *
 * They are a workspace of their own without a lock file of its own: it begins with that of the project, so that both use
 * the same versions.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run-command.mjs';

export async function checkFuzz() {
  copyFileSync(join(root, 'Cargo.lock'), join(root, 'fuzz', 'Cargo.lock'));
  const options = ['--quiet', '--manifest-path', 'fuzz/Cargo.toml', '--target-dir', 'target/fuzz'];
  const { code } = await run('cargo', ['check', ...options], { env: { RUSTFLAGS: '-D warnings' } });
  return code === 0;
}
