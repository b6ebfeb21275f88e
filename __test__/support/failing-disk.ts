/** Disks that fail on demand: by the limit that a process may set on its files, and by a file system of a few blocks. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

function runs(command: string, ...parameters: string[]): boolean {
  try {
    execFileSync(command, parameters, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether {@link limitFileSize} can be called. */
export const canLimitFileSize = process.platform === 'linux' && runs('prlimit', '--version');

/** From now on no file of this process grows beyond so many bytes: writing fails with EFBIG (Node ignores the signal). */
export function limitFileSize(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}

const MOUNTS = [['mount'], ['sudo', '-n', 'mount']];

/** Mounts a file system of so many KiB; what unmounts it, or undefined where that is not allowed. */
export function mountSmallDisk(folder: string, sizeKib: number): (() => void) | undefined {
  mkdirSync(folder, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', `size=${sizeKib}k,mode=1777`, 'tmpfs', folder];
  const [command, ...first] = MOUNTS.find(([name = '', ...rest]) => runs(name, ...rest, ...options)) ?? [];
  if (command === undefined) return undefined;
  const unmount = first.map((part) => (part === 'mount' ? 'umount' : part));
  return () => execFileSync(command === 'mount' ? 'umount' : command, [...unmount, folder]);
}

/** Makes a disk of {@link mountSmallDisk} read-only, or writable again. No file of it may be open for writing. */
export function remount(folder: string, mode: 'ro' | 'rw'): void {
  const options = ['-o', `remount,${mode}`, folder];
  if (!MOUNTS.some(([name = '', ...rest]) => runs(name, ...rest, ...options)))
    throw new Error(`cannot remount ${folder}`);
}
