/**
 * A project that has the package installed as npm would have installed it: the packed files, the platform package
 * with the addon, and the dependencies. What works there works for users, not only inside this repository.
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { addonPath, platformSuffix } from './platform.mjs';
import { root } from './root.mjs';
import { ask } from './run-command.mjs';

const DEPENDENCIES = ['yaml', 'zod', 'express'];

/** @returns {{directory: string, remove: () => void}} */
export function makeConsumer() {
  const directory = mkdtempSync(join(tmpdir(), 'cortex-consumer-'));
  const modules = join(directory, 'node_modules');
  const scope = join(modules, '@cortex-os');
  mkdirSync(scope, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "private": true, "type": "module" }\n');

  for (const file of packedFiles()) {
    const target = join(scope, 'native', file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, file), target);
  }
  const platformPackage = join(scope, `native-${platformSuffix()}`);
  cpSync(join(root, 'npm', platformSuffix()), platformPackage, { recursive: true });
  copyFileSync(addonPath(), join(platformPackage, basename(addonPath())));
  for (const name of DEPENDENCIES)
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');

  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Paths of the files that `npm publish` would send. */
export function packedFiles() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { code, output, errors } = ask(npm, ['pack', '--dry-run', '--json', '--ignore-scripts']);
  if (code !== 0) throw new Error(`npm pack failed: ${errors}`);
  return JSON.parse(output)[0].files.map((file) => file.path);
}
