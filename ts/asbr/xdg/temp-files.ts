import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { logWarn } from '../lib/logger.js';
import { getCachePath } from './paths.js';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Removes what was last changed more than `maxAgeMs` ago (default: a day) from the temporary
 * folder of the cache, folders with their content. Never rejects: what cannot be removed is
 * logged as `Failed to cleanup temp files` and does not keep the rest.
 */
export async function cleanupTempFiles(maxAgeMs: number = dayMs): Promise<void> {
  const folder = getCachePath('tmp');
  const now = Date.now();
  await warnUnlessMissing(async () => {
    for (const name of await readdir(folder)) {
      await warnUnlessMissing(() => removeIfOlder(join(folder, name), now - maxAgeMs));
    }
  });
}

async function removeIfOlder(path: string, timeMs: number): Promise<void> {
  // The link itself, not its target: a dangling link must be removable too.
  const { mtimeMs } = await lstat(path);
  if (mtimeMs < timeMs) await rm(path, { recursive: true, force: true });
}

async function warnUnlessMissing(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      logWarn('Failed to cleanup temp files', { error });
    }
  }
}
