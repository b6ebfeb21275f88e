import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { verifyManifest } from '../../api/index.js';
import { settingsFromEnv } from '../../connectors/index.js';
import type { Terminal } from '../command.js';

interface VerifyCommand {
  file: string | undefined;
  compat: boolean;
  maxAgeMs: number | undefined;
  notBefore: string | undefined;
}

/** `connectors verify`: whether a map is to be trusted. */
export async function verifyServiceMap(
  { file, compat, maxAgeMs, notBefore }: VerifyCommand,
  terminal: Terminal,
): Promise<number> {
  const { signatureKeys } = settingsFromEnv({ ...process.env, NO_AUTH: 'true' });
  const body = file === undefined || file === '-' ? await buffer(process.stdin) : await readFile(file);
  const verified = verifyManifest(body, {
    keys: signatureKeys,
    compat,
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(notBefore !== undefined && { notBefore }),
  });
  const { keyId, algorithm, envelope, generatedAt = 'unknown' } = verified;
  terminal.out(`valid: ${algorithm}, key ${keyId}, ${envelope} envelope, generated at ${generatedAt}`);
  return 0;
}
