/**
 * Writes npm/<platform>/package.json and README.md, one package per target of the build: the addon and nothing else.
 * `--check` only compares, and fails where a file is not what it would write.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain } from './main.mjs';
import { root } from './root.mjs';

const PLATFORMS = [
  { suffix: 'linux-x64-gnu', os: 'linux', cpu: 'x64', libc: 'glibc', for: 'Linux on x64 with glibc' },
  { suffix: 'linux-x64-musl', os: 'linux', cpu: 'x64', libc: 'musl', for: 'Linux on x64 with musl (Alpine)' },
  { suffix: 'linux-arm64-gnu', os: 'linux', cpu: 'arm64', libc: 'glibc', for: 'Linux on arm64 with glibc' },
  {
    suffix: 'linux-arm64-musl',
    os: 'linux',
    cpu: 'arm64',
    libc: 'musl',
    for: 'Linux on arm64 with musl (Alpine)',
  },
  { suffix: 'darwin-x64', os: 'darwin', cpu: 'x64', for: 'macOS on Intel' },
  { suffix: 'darwin-arm64', os: 'darwin', cpu: 'arm64', for: 'macOS on Apple silicon' },
  { suffix: 'win32-x64-msvc', os: 'win32', cpu: 'x64', for: 'Windows on x64' },
];

/** @returns {{path: string, text: string}[]} the files as they have to be */
export function platformPackageFiles() {
  const main = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const license = readFileSync(join(root, 'LICENSE'), 'utf8');
  return PLATFORMS.flatMap((platform) => [
    {
      path: `npm/${platform.suffix}/package.json`,
      text: `${JSON.stringify(manifest(main, platform), null, 2)}\n`,
    },
    { path: `npm/${platform.suffix}/README.md`, text: readme(main, platform) },
    { path: `npm/${platform.suffix}/LICENSE`, text: license },
  ]);
}

/** @returns {string[]} paths whose text differs */
export function stalePlatformPackageFiles() {
  const differs = ({ path, text }) =>
    !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text;
  return platformPackageFiles()
    .filter(differs)
    .map((file) => file.path);
}

function manifest(main, { suffix, os, cpu, libc, for: what }) {
  const addon = `${main.napi.binaryName}.${suffix}.node`;
  return {
    name: `${main.name}-${suffix}`,
    version: main.version,
    description: `The addon of ${main.name} for ${what}.`,
    license: main.license,
    main: addon,
    files: [addon],
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    engines: main.engines,
    publishConfig: main.publishConfig,
  };
}

function readme(main, { suffix, for: what }) {
  return [
    `# ${main.name}-${suffix}`,
    '',
    `The compiled addon of \`${main.name}\` for ${what}. It is an optional dependency of that package, in exactly the`,
    'same version; npm picks the one for your machine. There is nothing to import from it: install and use',
    `\`${main.name}\`.`,
    '',
  ].join('\n');
}

if (isMain(import.meta.url)) {
  const stale = stalePlatformPackageFiles();
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`${path} is stale: node scripts/platform-packages.mjs`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const { path, text } of platformPackageFiles()) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  }
}
