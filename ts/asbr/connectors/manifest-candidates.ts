import { resolve } from 'node:path';

/**
 * Where a connectors manifest is looked for: the given path, else `$CONNECTORS_MANIFEST_PATH`, and then nowhere else;
 * without both `config/connectors.manifest.json` in the working directory as it is now.
 */
export function manifestCandidates(manifestPath = process.env.CONNECTORS_MANIFEST_PATH): string[] {
  return [resolve(manifestPath ? manifestPath : 'config/connectors.manifest.json')];
}
