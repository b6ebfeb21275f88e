/** Installs what the benchmarks compare with, the first time and whenever the lockfile is newer. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { benchesDir } from './env.mjs';

export function ensureDependencies() {
  const installed = join(benchesDir, 'node_modules', '.package-lock.json');
  const wanted = join(benchesDir, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  process.stderr.write('installing the contenders (npm ci --prefix benches)...\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: benchesDir,
    env: { ...process.env, ...headersOfThisNode() },
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci in ${benchesDir} failed (exit code ${status})`);
}

/** Where Node's headers lie beside its binary, an addon compiles without downloading them. */
function headersOfThisNode() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {};
}
