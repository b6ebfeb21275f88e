/** What receivers need: canonical JSON, and whether a body is to be trusted. */
import { native } from '../native.js';
import { keyList } from './manifest-keys.js';
import type { ManifestKeys } from './manifest-types.js';

/** JSON as bytes or text, or a value that JSON can hold. */
export type CanonicalInput = Uint8Array | string | object;

/**
 * The canonical form (RFC 8785) of a JSON document: bytes or text are taken as JSON, an object by `JSON.stringify`.
 *
 * @returns UTF-8
 * @throws ERR_MANIFEST_JSON for what is no JSON or has no single meaning: duplicate keys, a lone surrogate, a number
 *   beyond the range of a double; with `byteOffset`, `line` and `column`
 * @example
 * canonicalizeJson('{"b": 1.0, "a": "\\u20ac"}').toString(); // {"a":"€","b":1}
 */
export function canonicalizeJson(input: CanonicalInput): Buffer {
  return native.manifestCanonicalize(bytesOf(input), false);
}

/** What a receiver demands besides a signature that holds. */
export interface VerifyOptions {
  /** Any of them may have signed. */
  keys: ManifestKeys;
  /** The key's id, where the sender said it: that key is tried first. */
  keyId?: string;
  /** The body was made with `compat`. Default: false. */
  compat?: boolean;
  /** Refuse what was generated longer ago, in milliseconds. Default: any age will do. */
  maxAgeMs?: number;
  /** Refuse what was generated before this: `generatedAt` of the newest body seen so far. */
  notBefore?: string;
  /** The receiver's time in milliseconds since the epoch. Default: the system's. */
  now?: number;
}

/** A body whose signature holds. */
export interface VerifiedManifest {
  /** The key that fits. */
  readonly keyId: string;
  readonly algorithm: 'hmac-sha256' | 'ed25519';
  readonly envelope: 'flat' | 'payload';
  /** Time of the content, if it has one. */
  readonly generatedAt?: string;
}

/**
 * Checks a received body: bytes as they came, its text, or the parsed object.
 *
 * @throws ERR_MANIFEST_SIGNATURE when no key fits, ERR_MANIFEST_JSON, ERR_MANIFEST_KEYS, ERR_MANIFEST_EXPIRED
 *   (`maxAgeMs`), ERR_MANIFEST_ROLLBACK (`notBefore`)
 * @example
 * const body = Buffer.from(await (await fetch(url)).arrayBuffer());
 * const { keyId } = verifyManifest(body, { keys: process.env.CONNECTORS_SIGNATURE_KEY });
 */
export function verifyManifest(body: CanonicalInput, options: VerifyOptions): VerifiedManifest {
  const { maxAgeMs, notBefore, now, keyId } = options;
  return native.manifestVerify(bytesOf(body), keyList(options.keys), {
    compat: options.compat === true,
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(notBefore !== undefined && { notBefore }),
    ...(now !== undefined && { nowMs: now }),
    ...(keyId !== undefined && { keyId }),
  }) as VerifiedManifest;
}

function bytesOf(input: CanonicalInput): Buffer {
  if (Buffer.isBuffer(input)) return input;
  if (input instanceof Uint8Array) return Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  return Buffer.from(typeof input === 'string' ? input : JSON.stringify(input));
}
