/** The JavaScript runtimes of the smoke suite, as binaries from __test__/runtimes/node_modules. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run-command.mjs';

const FOLDER = join(root, '__test__', 'runtimes');
const MODULES = join(FOLDER, 'node_modules');
const NATIVE_NAME = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform];

/** @returns {{name: string, command: string | undefined, args: string[]}[]} without a command where there is no binary */
export function runtimes() {
  const { platform, arch } = process;
  const onBun = arch === 'arm64' ? 'aarch64' : arch;
  return [
    { name: `node ${process.versions.node}`, command: process.execPath, args: [] },
    { name: 'node 22', command: binary(`node22-${platform}-${arch}`, 'bin', 'node'), args: [] },
    { name: 'node 24', command: binary(`node24-${platform}-${arch}`, 'bin', 'node'), args: [] },
    { name: 'bun', command: binary('@oven', `bun-${NATIVE_NAME}-${onBun}`, 'bin', 'bun'), args: ['run'] },
    {
      name: 'deno',
      command: binary('@deno', `${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`, 'deno'),
      args: ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual'],
    },
  ];
}

/** Half a gigabyte of binaries: installed when they are first needed, from a lock file of their own. */
export async function installRuntimes() {
  if (installedAsLocked()) return true;
  console.log('installing the runtimes of the smoke suite');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { code } = await run(npm, ['ci', '--ignore-scripts', '--no-fund', '--no-audit'], { cwd: FOLDER });
  return code === 0;
}

// npm copies what it installed from the lock file into node_modules/.package-lock.json.
function installedAsLocked() {
  const installedPath = join(MODULES, '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const locked = JSON.parse(readFileSync(join(FOLDER, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages;
  return Object.entries(installed).every(([path, { version }]) => locked[path]?.version === version);
}

function binary(...path) {
  const full = join(MODULES, ...path) + (process.platform === 'win32' ? '.exe' : '');
  return existsSync(full) ? full : undefined;
}
