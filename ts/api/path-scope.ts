/** Files that a grant reaches: judged as text, opened so that no link leads out. */
import { closeSync, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getSystemErrorName } from 'node:util';
import { PolicyError } from '../errors.js';
import { native, raw } from '../native.js';

/** What names a file. */
export type PathLike = string | Uint8Array | URL;

const DENIED = -100_000;

const closing = new FinalizationRegistry<number>((handle) => native.scopeClose(handle));

/**
 * Some directories and files, and everything below them.
 *
 * Scopes and paths are relative to `base`. `.` is the base itself, a trailing slash means nothing, `..` and patterns
 * are refused, and of nested scopes the outermost counts. No scopes at all: every path is allowed.
 *
 * @example
 * const scope = new PathScope(['packages', 'docs']);
 * const file = await openBeneath(scope, request.path, 'r');
 */
export class PathScope {
  /** Whether there are no scopes, so that nothing is restrained. */
  readonly isOpen: boolean;
  readonly #handle: number;
  readonly #inside: (path: string | Uint8Array) => number;

  /**
   * @param scopes directories or files
   * @param base an absolute directory; default: the working directory now
   * @throws `ERR_POLICY_SCOPE_INVALID`, `ERR_POLICY_HANDLE_INVALID` (out of memory)
   */
  constructor(scopes: readonly string[], base: string = process.cwd()) {
    this.isOpen = scopes.length === 0;
    this.#handle = native.scopeOpen(resolve(base), [...scopes]);
    closing.register(this, this.#handle);
    const inside = raw.judge(this.#handle);
    if (!inside) {
      const message = 'the scope could not be opened: this process is out of memory, or its thread is ending';
      throw new PolicyError('ERR_POLICY_HANDLE_INVALID', message, { handle: this.#handle });
    }
    this.#inside = inside;
  }

  /** The places, normalised, none inside another. */
  get roots(): string[] {
    return native.scopeRoots(this.#handle);
  }

  /** Whether every path that `value` names lies inside; `false` for what names none. */
  allows(value: unknown): boolean {
    if (this.isOpen) return true;
    if (typeof value === 'string') return this.#holds(value);
    if (Array.isArray(value)) return this.#allowsAll(value);
    const path = plainPath(value);
    return path !== undefined && this.#holds(path);
  }

  /** Why a path is not inside, in a few words; `undefined` when it is. */
  explain(value: unknown): string | undefined {
    if (this.isOpen) return undefined;
    if (Array.isArray(value)) {
      const bad = value.find((item) => !this.#allowsOne(item));
      return value.every((item) => this.#allowsOne(item)) ? undefined : this.explain(bad ?? null);
    }
    const path = plainPath(value);
    if (path === undefined) return 'names no path';
    if (!isText(path)) return 'contains half a character';
    return native.scopeExplain(this.#handle, path as string | Buffer) ?? undefined;
  }

  /** From now on resolves name by name and follows no link, as on systems without `openat2`. */
  resolveStepwise(): void {
    native.scopeStepwise(this.#handle);
  }

  /**
   * Opens a file inside, blocking, as `fs.openSync` does.
   *
   * @returns the descriptor, for the caller to close
   * @throws `ERR_POLICY_PATH_DENIED`, `ERR_POLICY_OPEN_FAILED` (with the system's `errno` and its name in `cause`)
   */
  openSync(path: PathLike, flags: string | number = 'r', mode = 0o666): number {
    this.#mustRestrain();
    const plain = plainPath(path);
    if (plain === undefined || !isText(plain)) throw denied('names no path');
    const file = raw.openInside(this.#handle, plain, flagBits(flags), mode);
    if (file >= 0) return file;
    if (file === DENIED) throw denied(this.explain(path) ?? 'a link leads out of the scope');
    if (Number.isNaN(file))
      throw new PolicyError(
        'ERR_POLICY_UNSUPPORTED',
        'opening inside a scope is not possible on this system',
        {
          what: 'opening inside a scope',
        },
      );
    throw openFailed(plain, -file);
  }

  /** The same off the event loop. */
  async open(path: PathLike, flags: string | number = 'r', mode = 0o666): Promise<FileHandle> {
    this.#mustRestrain();
    const plain = plainPath(path);
    if (plain === undefined || !isText(plain)) throw denied('names no path');
    const bits = flagBits(flags);
    const descriptor = await native.scopeOpenFile(this.#handle, plain as string | Buffer, bits, mode);
    try {
      return await handleOf(descriptor, bits);
    } finally {
      closeSync(descriptor);
    }
  }

  #holds(path: string | Uint8Array): boolean {
    const told = this.#inside(path);
    return told === 1 || (told === 2 && isText(path));
  }

  #mustRestrain(): void {
    if (this.isOpen) throw denied('the scope names no place to open files in');
  }

  #allowsAll(values: readonly unknown[]): boolean {
    // By index: a hole is no path, and iterators can be replaced.
    for (let index = 0; index < values.length; index += 1) {
      if (!this.#allowsOne(values[index])) return false;
    }
    return true;
  }

  #allowsOne(value: unknown): boolean {
    return !Array.isArray(value) && this.allows(value);
  }
}

/**
 * Opens a file inside a scope. Links inside are followed (Linux), links that lead out are refused in the same step that
 * opens, so nobody can swap a directory for a link in between.
 *
 * @param flags as for `fs.open`; default `r`
 * @param mode of a file that is made; default `0o666`, less the process's mask
 * @throws `ERR_POLICY_PATH_DENIED`, `ERR_POLICY_OPEN_FAILED`, `ERR_POLICY_UNSUPPORTED` (Windows)
 */
export function openBeneath(
  scope: PathScope,
  path: PathLike,
  flags: string | number = 'r',
  mode = 0o666,
): Promise<FileHandle> {
  return scope.open(path, flags, mode);
}

/** A Node handle of what a descriptor has open: the system hands out the same file again by its number, not its name. */
function handleOf(descriptor: number, flags: number): Promise<FileHandle> {
  const folder = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd';
  const { O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW } = constants;
  return open(`${folder}/${descriptor}`, flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW));
}

/** Text or bytes of a path; `undefined` for what is none. */
function plainPath(value: unknown): string | Uint8Array | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array)
    return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof URL) {
    try {
      return fileURLToPath(value);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

type MaybeWellFormed = { isWellFormed(): boolean };

/** Half a character would cross as another one, and name another file than the one that is opened later. */
function isText(path: string | Uint8Array): boolean {
  return typeof path !== 'string' || (path as unknown as MaybeWellFormed).isWellFormed();
}

function denied(reason: string): PolicyError {
  const fields = { argument: 'path', reason };
  return new PolicyError('ERR_POLICY_PATH_DENIED', 'path not within fsScope', fields);
}

function openFailed(path: string | Uint8Array, errno: number): PolicyError {
  const name = typeof path === 'string' ? path : Buffer.from(path).toString();
  const cause = getSystemErrorName(-errno);
  const message = `"${name}" could not be opened inside its scope: ${cause}`;
  return new PolicyError('ERR_POLICY_OPEN_FAILED', message, { path: name, errno, cause });
}

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC } = constants;
const FLAGS: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
  'a+': O_RDWR | O_CREAT | O_APPEND,
  'ax+': O_RDWR | O_CREAT | O_APPEND | O_EXCL,
};

function flagBits(flags: string | number): number {
  const bits = typeof flags === 'number' ? flags : Object.hasOwn(FLAGS, flags) ? FLAGS[flags] : undefined;
  if (bits !== undefined && Number.isInteger(bits)) return bits;
  const fields = { option: 'flags', expected: 'flags of fs.open', actual: String(flags) };
  throw new PolicyError('ERR_POLICY_OPTION_INVALID', `flags must be those of fs.open, not ${flags}`, fields);
}
