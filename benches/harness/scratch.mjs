/**
 * Folders for the files that contenders write: on the disk of the work tree, because the system's temporary
 * folder may be memory, where a sync costs nothing.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from './env.mjs';

const parent = join(repoDir, 'target', 'bench-tmp');

export function openScratch() {
  mkdirSync(parent, { recursive: true });
  const dir = mkdtempSync(join(parent, 'run-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
