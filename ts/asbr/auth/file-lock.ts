import { open, rm, stat } from 'node:fs/promises';

const pollMs = 20;
/** A holder needs a few milliseconds. One that keeps the same lock this often polled is dead. */
const pollsUntilStale = 100;

// Taken at load: a suite that installs fake timers must not stop a writer that waits for another process.
const startTimer = setTimeout;

/**
 * Runs `action` while `<path>.lock` exists and is ours, so that processes that change the same
 * file take turns. A lock left by a dead process is removed after two seconds.
 *
 * Inside one process, callers queue by themselves; the lock is for the others.
 */
export async function withFileLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  await acquire(lock);
  try {
    return await action();
  } finally {
    await rm(lock, { force: true });
  }
}

async function acquire(lock: string): Promise<void> {
  let holder = '';
  let polls = 0;
  while (!(await tryCreate(lock))) {
    const seen = await identityOf(lock);
    polls = seen === holder ? polls + 1 : 0;
    holder = seen;
    if (polls >= pollsUntilStale) {
      await rm(lock, { force: true });
      polls = 0;
    } else {
      await new Promise<void>((resolve) => startTimer(resolve, pollMs));
    }
  }
}

async function tryCreate(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Tells one lock from the next one of the same name; empty when it has just gone. */
async function identityOf(lock: string): Promise<string> {
  try {
    const { ino, ctimeNs } = await stat(lock, { bigint: true });
    return `${ino}-${ctimeNs}`;
  } catch {
    return '';
  }
}
