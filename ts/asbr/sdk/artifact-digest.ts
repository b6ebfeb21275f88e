import { createHash } from 'node:crypto';
import { ASBRError } from '../types/index.js';

/**
 * Compares content with a `Digest` header, `sha-256=<base64>` or, as older servers write it,
 * `sha-256:<base64>`. Another algorithm, or no header, is not checked. Error:
 * `ARTIFACT_DIGEST_MISMATCH`.
 */
export function checkDigest(content: ArrayBuffer, header: string): void {
  const expected = /^sha-256[=:](.+)$/i.exec(header.trim())?.[1];
  if (expected === undefined) return;
  const actual = createHash('sha256').update(new Uint8Array(content)).digest('base64');
  if (actual === expected) return;
  throw new ASBRError('Artifact content does not match its digest', 'ARTIFACT_DIGEST_MISMATCH', 502, {
    expected,
    actual,
  });
}
