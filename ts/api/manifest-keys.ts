/** Keys from options, the environment or a file, as the core takes them. */
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ManifestError } from '../errors.js';
import type { ManifestKey as NativeKey } from '../native.js';
import type { ManifestKey, ManifestKeys } from './manifest-types.js';

/** Keys as they are, or the file they are in. */
export type NativeKeys = { keys: NativeKey[] } | { keysFile: string };

/** @throws ERR_MANIFEST_KEYS; the message never has a part of a key */
export function nativeKeys(source: ManifestKeys): NativeKeys {
  if (typeof source === 'object' && 'file' in source) return { keysFile: resolve(source.file) };
  return { keys: keyList(source) };
}

/** Keys for a call that needs them now: a file is read here. */
export function keyList(source: ManifestKeys): NativeKey[] {
  if (typeof source === 'string') return [{ secret: source }];
  if (Array.isArray(source)) return source.map(nativeKey);
  if ('env' in source) return fromText(process.env[source.env], `environment variable ${source.env}`);
  if ('file' in source) return fromText(readFileSync(source.file, 'utf8'), `file ${source.file}`);
  return [nativeKey(source as ManifestKey)];
}

function nativeKey(key: ManifestKey): NativeKey {
  if (typeof key === 'string') return { secret: key };
  const id = key.id === undefined ? {} : { id: key.id };
  if (key.algorithm !== 'ed25519') return { ...id, secret: key.secret };
  const privateHalf = key.privateKey === undefined ? {} : { privateKey: half(key.privateKey, 'd') };
  const publicHalf = key.publicKey === undefined ? {} : { publicKey: half(key.publicKey, 'x') };
  return { ...id, algorithm: 'ed25519', ...privateHalf, ...publicHalf };
}

function half(key: string | KeyObject, part: 'd' | 'x'): string {
  if (typeof key === 'string' && !key.includes('-----BEGIN')) return key;
  // Loaded when a key is text: node:crypto alone would be a sixth of what importing this package costs.
  const { createPrivateKey, createPublicKey } = require('node:crypto') as typeof import('node:crypto');
  const object = typeof key !== 'string' ? key : part === 'd' ? createPrivateKey(key) : createPublicKey(key);
  if (object.asymmetricKeyType !== 'ed25519') throw noKeys('a key object must be of type ed25519');
  const text = object.export({ format: 'jwk' })[part];
  if (text === undefined) throw noKeys('a key object has not the half that is asked for');
  return text;
}

function fromText(text: string | undefined, name: string): NativeKey[] {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') throw noKeys(`the ${name} is not set or empty`);
  if (!trimmed.startsWith('{')) return [{ secret: trimmed }];
  try {
    const { keys } = JSON.parse(trimmed) as { keys: ManifestKey[] };
    return keys.map(nativeKey);
  } catch {
    // What the parser says quotes the text.
    throw noKeys(`the ${name} is neither a secret nor {"keys": [{"id", "secret"}]}`);
  }
}

function noKeys(reason: string): ManifestError {
  return new ManifestError('ERR_MANIFEST_KEYS', `no signature key: ${reason}`, { reason });
}
