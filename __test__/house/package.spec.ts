/** What npm would publish, and what a project that installs it gets. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { packedFiles } from '../../scripts/consumer.mjs';
import { addonPath, installedPlatformPackage } from '../../scripts/platform.mjs';
import { stalePlatformPackageFiles } from '../../scripts/platform-packages.mjs';
import { root } from './root.js';

const MIB = 1024 * 1024;

const ALLOWED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^(index|native)\.(js|d\.ts)$/,
  /^bin\/[a-z-]+\.js$/,
  /^dist\/[\w/-]+\.(js|d\.ts|mjs|d\.mts)$/,
  // The schema of connectors manifests, for editors.
  /^dist\/asbr\/connectors\/[\w.-]+\.schema\.json$/,
  // The live page of the reference server.
  /^dist\/server\/[\w/-]+\.(html|css|svg)$/,
];

type Manifest = {
  exports: Record<string, string | { import: Entry; require: Entry }>;
  scripts: Record<string, string>;
  version: string;
};
type Entry = { types: string; default: string };

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

describe('the package', () => {
  let files: string[] = [];
  beforeAll(() => {
    files = packedFiles();
  }, 60_000);

  test('holds nothing but what the allow-list names', () => {
    expect(files.filter((file) => !ALLOWED.some((pattern) => pattern.test(file)))).toEqual([]);
  });

  test('holds every file that an entry of "exports" points to', () => {
    const targets = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string'
        ? [entry]
        : [entry.import, entry.require].flatMap((half) => [half.types, half.default]),
    );
    const missing = targets.filter((target) => !files.includes(target.slice('./'.length)));
    expect(missing).toEqual([]);
  });

  test('puts types before code in every condition', () => {
    for (const entry of Object.values(manifest.exports)) {
      if (typeof entry === 'string') continue;
      expect(Object.keys(entry.import)).toEqual(['types', 'default']);
      expect(Object.keys(entry.require)).toEqual(['types', 'default']);
    }
  });

  test('runs no script when it is installed', () => {
    const hooks = Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$/.test(name));
    expect(hooks).toEqual([]);
  });

  test('has an addon of at most 12 MiB without symbols', () => {
    if (!existsSync(addonPath())) {
      expect(installedPlatformPackage(), 'neither an addon nor a platform package').toBeDefined();
      return;
    }
    expect(statSync(addonPath()).size).toBeLessThanOrEqual(12 * MIB);
    if (process.platform === 'linux') {
      const sections = execFileSync('readelf', ['--section-headers', '--wide', addonPath()], {
        encoding: 'utf8',
      });
      expect(sections).toContain('.text');
      expect(sections).not.toMatch(/\.symtab|\.debug_info/);
    }
  });

  test('has platform packages in its own version, as the list of targets writes them', () => {
    expect(stalePlatformPackageFiles()).toEqual([]);
  });
});
