/**
 * Where ASBR keeps its files, by the XDG base directory specification.
 *
 * Matches `xdg/index.ts` of `@cortex-os/asbr`, 2025-10-13.
 *
 * Differences from the original:
 * - `cleanupTempFiles` goes on after an entry it cannot read or remove; the original stopped
 *   at the first, for example at a dangling symbolic link.
 *
 * Kept: a relative `XDG_*_HOME` is used as it is, although the specification says to ignore it.
 */
export { ensureDirectories, initializeXDG, isDirectory, pathExists } from './directories.js';
export {
  type DataType,
  getArtifactPath,
  getCachePath,
  getConfigPath,
  getDataPath,
  getStatePath,
  getTempPath,
  getXDGPaths,
} from './paths.js';
export { cleanupTempFiles } from './temp-files.js';
