/** A temporary home for everything ASBR keeps on disk, one per test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

const variables = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME'] as const;

/** Points the XDG variables at a fresh folder before each test and removes it afterwards. */
export function useXdgSandbox() {
  let root = '';
  let saved: (string | undefined)[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'asbr-xdg-'));
    saved = variables.map((name) => process.env[name]);
    for (const name of variables) process.env[name] = join(root, name);
  });

  afterEach(() => {
    variables.forEach((name, index) => {
      const value = saved[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
    rmSync(root, { recursive: true, force: true });
  });

  return {
    /** The ASBR folder below one of the variables. */
    folder: (name: (typeof variables)[number]) => join(root, name, 'cortex', 'asbr'),
    /** Writes a file of the configuration folder, which it creates. */
    writeConfig: async (name: string, text: string) => {
      const path = join(root, 'XDG_CONFIG_HOME', 'cortex', 'asbr', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return path;
    },
  };
}
