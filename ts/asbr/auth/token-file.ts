import { readFile, stat } from 'node:fs/promises';
import { replaceFile } from '../lib/replace-file.js';
import { ValidationError } from '../types/index.js';
import { withFileLock } from './file-lock.js';
import type { TokenInfo, TokensConfig } from './token-types.js';

/** The tokens, and the mark of the file they were read from. */
interface Snapshot {
  tokens: readonly TokenInfo[];
  version: string;
}

const noFile = 'none';

/**
 * `tokens.json`: read once, and again only when its inode, size or times have changed;
 * written whole, readable by its owner only.
 */
export class TokenFile {
  readonly #path: string;
  #snapshot: Snapshot | undefined;
  #reading: { version: string; snapshot: Promise<Snapshot> } | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The tokens in the file as it is now; none if it is not there. Entries that are no
   * objects are left out. Error `VALIDATION_ERROR`: `Failed to load tokens: …`.
   */
  async load(): Promise<readonly TokenInfo[]> {
    try {
      const version = await fileVersion(this.#path);
      if (this.#snapshot?.version !== version) this.#snapshot = await this.#read(version);
      return this.#snapshot.tokens;
    } catch (error) {
      throw new ValidationError(`Failed to load tokens: ${reasonOf(error)}`);
    }
  }

  /**
   * Replaces the tokens by what `change` makes of them, while no other process does the same.
   * Writes nothing when `change` gives back what it got. Error `VALIDATION_ERROR`:
   * `Failed to save tokens: …`, or what `load` or `change` throws.
   */
  async update(change: (tokens: readonly TokenInfo[]) => readonly TokenInfo[]): Promise<void> {
    try {
      await withFileLock(this.#path, async () => {
        const present = await this.load();
        const tokens = change(present);
        if (tokens === present) return;
        await replaceFile(this.#path, formatTokens(tokens), 0o600);
        this.#snapshot = { tokens, version: await fileVersion(this.#path) };
      });
    } catch (error) {
      if (error instanceof ValidationError) throw error;
      throw new ValidationError(`Failed to save tokens: ${reasonOf(error)}`);
    }
  }

  /** Reads once for all who ask while the file is the same. */
  async #read(version: string): Promise<Snapshot> {
    if (this.#reading?.version !== version) {
      this.#reading = { version, snapshot: readSnapshot(this.#path, version) };
    }
    try {
      return await this.#reading.snapshot;
    } finally {
      this.#reading = undefined;
    }
  }
}

/** The text of an error, for the end of another message. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A mark that a change of the file changes: a replaced file has another inode, a rewritten one other times. */
async function fileVersion(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino}-${size}-${mtimeNs}-${ctimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return noFile;
    throw error;
  }
}

/** `version` was taken before: if the file has changed since, it is too old and the next load reads again. */
async function readSnapshot(path: string, version: string): Promise<Snapshot> {
  if (version === noFile) return { tokens: [], version };
  const content = JSON.parse(await readFile(path, 'utf8')) as Partial<TokensConfig> | null;
  const tokens: unknown = content?.tokens ?? [];
  if (!Array.isArray(tokens)) throw new TypeError('tokens must be an array');
  return { tokens: tokens.filter((token) => typeof token === 'object' && token !== null), version };
}

function formatTokens(tokens: readonly TokenInfo[]): string {
  return JSON.stringify({ tokens, version: '1.0.0' }, null, 2);
}
