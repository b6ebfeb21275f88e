import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { XDGPaths } from '../types/index.js';

/** The folders of the data directory. */
export type DataType = 'artifacts' | 'evidence' | 'profiles';

/**
 * The four ASBR directories: `cortex/asbr` below each XDG base directory.
 *
 * The bases are `XDG_CONFIG_HOME`, `XDG_DATA_HOME`, `XDG_STATE_HOME` and `XDG_CACHE_HOME`, where
 * unset or empty `~/.config`, `~/.local/share`, `~/.local/state` and `~/.cache`. The environment is
 * read at each call. Creates nothing.
 */
export function getXDGPaths(): XDGPaths {
  const home = homedir();
  const below = (base: string) => join(base, 'cortex', 'asbr');
  return {
    config: below(process.env.XDG_CONFIG_HOME || join(home, '.config')),
    data: below(process.env.XDG_DATA_HOME || join(home, '.local', 'share')),
    state: below(process.env.XDG_STATE_HOME || join(home, '.local', 'state')),
    cache: below(process.env.XDG_CACHE_HOME || join(home, '.cache')),
  };
}

/** Path of a file in the configuration directory. */
export function getConfigPath(filename: string): string {
  return join(getXDGPaths().config, filename);
}

/** Path in a folder of the data directory. */
export function getDataPath(type: DataType, ...segments: string[]): string {
  return join(getXDGPaths().data, type, ...segments);
}

/** Folder of an artifact, by date (`YYYY-MM-DD`) and id, or a file in it. */
export function getArtifactPath(date: string, uuid: string, filename?: string): string {
  const folder = getDataPath('artifacts', date, uuid);
  return filename ? join(folder, filename) : folder;
}

/** Path of a file in the state directory. */
export function getStatePath(filename: string): string {
  return join(getXDGPaths().state, filename);
}

/** Path in the cache directory. */
export function getCachePath(...segments: string[]): string {
  return join(getXDGPaths().cache, ...segments);
}

/** A fresh path in the temporary folder of the cache, `<prefix>_<ms>_<random>`. Creates nothing. */
export function getTempPath(prefix = 'tmp'): string {
  return getCachePath('tmp', `${prefix}_${Date.now()}_${randomBytes(6).toString('hex')}`);
}
