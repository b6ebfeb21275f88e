/** Lints the very tarball that would be published: entry points, files, and types under every module resolution. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, run, tool } from './run-command.mjs';

export async function checkPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'cortex-pack-'));
  try {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const packed = ask(npm, ['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`]);
    if (packed.code !== 0) {
      console.error(packed.errors);
      return false;
    }
    const tarball = join(folder, JSON.parse(packed.output)[0].filename);
    const publint = await run(process.execPath, [tool('publint', 'src', 'cli.js'), tarball, '--strict']);
    const attw = await run(process.execPath, [
      tool('@arethetypeswrong', 'cli', 'dist', 'index.js'),
      tarball,
      // "exports" is what Node 20 reads; the resolution of Node 10 does not know it.
      '--profile=node16',
      '--no-emoji',
    ]);
    return publint.code === 0 && attw.code === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
