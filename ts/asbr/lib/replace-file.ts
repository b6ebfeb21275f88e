import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';

/**
 * Replaces the content of a file so that a reader sees the old text or the new one, never
 * a part: writes a temporary file beside it, syncs it and renames it over.
 *
 * A symbolic link stays a link, its target is replaced. `mode` is the permission of the
 * result; by default that of the file replaced, for a new file 0666 less the umask.
 * Throws the error of the file system; then the file is as it was.
 */
export async function replaceFile(path: string, text: string, mode?: number): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const permissions = mode ?? (await permissionsOf(target));
  const temporary = `${target}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', permissions);
    try {
      // The umask narrows the mode given to `open`; what was asked for must hold.
      if (permissions !== undefined) await file.chmod(permissions);
      await file.writeFile(text, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function permissionsOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return undefined;
  }
}
