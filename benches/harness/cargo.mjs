/** Builds a Rust contender, an example of the core crate, and says where its binary is. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repoDir } from './env.mjs';

/** @returns {{ path: string } | { reason: string }} */
export function buildExample(name) {
  const { status, error } = spawnSync(
    'cargo',
    ['build', '--release', '--quiet', '-p', 'cortex-native-core', '--example', name],
    {
      cwd: repoDir,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if (error?.code === 'ENOENT') return { reason: 'cargo is not installed' };
  if (status !== 0) throw new Error(`cargo could not build the example ${name} (exit code ${status})`);
  return { path: examplePath(name) };
}

export function examplePath(name) {
  const target = process.env.CARGO_TARGET_DIR ?? join(repoDir, 'target');
  return join(target, 'release', 'examples', process.platform === 'win32' ? `${name}.exe` : name);
}
