/** Builds the addon in release and lets the napi CLI write its loader and types (native.js, native.d.ts). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeStamp } from './fingerprint.mjs';
import { isMain } from './main.mjs';
import { root } from './root.mjs';
import { hasCommand, run, tool } from './run-command.mjs';

const noCargo = () => `
@cortex-os/native: the addon has to be built here, and cargo was not found.
  Install Rust ${oldestRust()} or newer (https://rustup.rs) and a C linker:
    Debian, Ubuntu   apt-get install build-essential
    macOS            xcode-select --install
    Windows          Visual Studio Build Tools with the C++ workload
  Then run the command again.
`;

export async function buildNative(extraArgs = []) {
  if (!hasCommand('cargo')) {
    process.stderr.write(noCargo());
    return false;
  }
  const { code } = await run(process.execPath, [
    tool('@napi-rs', 'cli', 'dist', 'cli.js'),
    'build',
    '--release',
    '--platform',
    '--manifest-path=napi/Cargo.toml',
    '--package-json-path=package.json',
    '--output-dir=.',
    '--js=native.js',
    '--dts=native.d.ts',
    ...extraArgs,
    '--',
    '--locked',
  ]);
  // A build for another target says nothing about the addon of this machine.
  if (code === 0 && !extraArgs.some((arg) => arg.startsWith('--target'))) writeStamp();
  return code === 0;
}

function oldestRust() {
  return /rust-version = "(.+)"/.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))?.[1];
}

if (isMain(import.meta.url)) {
  process.exitCode = (await buildNative(process.argv.slice(2))) ? 0 : 1;
}
