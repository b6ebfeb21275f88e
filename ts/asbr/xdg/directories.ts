import { access, constants, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { XDGPaths } from '../types/index.js';
import { getXDGPaths } from './paths.js';

/** Whether something is there. A folder that may not be searched counts as nothing there. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await access(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether the path is a directory, through symbolic links. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Creates every directory ASBR expects: `policies` (configuration), `artifacts`, `evidence`,
 * `profiles` (data), `checkpoints`, `connectors`, `receipts` (state), `indexes`, `tmp` (cache).
 * Existing ones stay as they are. Rejects with the error of the file system.
 */
export async function ensureDirectories(): Promise<void> {
  const { config, data, state, cache } = getXDGPaths();
  const folders: [string, string[]][] = [
    [config, ['policies']],
    [data, ['artifacts', 'evidence', 'profiles']],
    [state, ['checkpoints', 'connectors', 'receipts']],
    [cache, ['indexes', 'tmp']],
  ];
  const paths = folders.flatMap(([base, names]) => names.map((name) => join(base, name)));
  await Promise.all(paths.map((path) => mkdir(path, { recursive: true })));
}

/**
 * Creates the directories and returns their paths. Call it once before anything is saved.
 *
 * @example
 * ```ts
 * const { state } = await initializeXDG();
 * ```
 */
export async function initializeXDG(): Promise<XDGPaths> {
  await ensureDirectories();
  return getXDGPaths();
}
