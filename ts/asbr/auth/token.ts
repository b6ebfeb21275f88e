import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ValidationError } from '../types/index.js';
import type { GeneratedToken, TokenInfo } from './token-types.js';

const hourMs = 60 * 60 * 1000;

/** Makes a token of 256 random bits. A lifetime of 0 or less makes one that is already expired. */
export function createToken(scopes: readonly string[], ttlHours: number): GeneratedToken {
  if (!Number.isFinite(ttlHours)) {
    throw new ValidationError('Token lifetime must be a finite number of hours', { ttlHours });
  }
  const token = randomBytes(32).toString('base64url');
  const tokenHash = sha256(token).toString('hex');
  const nowMs = Date.now();
  return {
    id: tokenHash.slice(0, 16),
    tokenHash,
    scopes: [...scopes],
    expiresAt: new Date(nowMs + ttlHours * hourMs).toISOString(),
    createdAt: new Date(nowMs).toISOString(),
    token,
  };
}

/** What may be stored of a fresh token. */
export function withoutText({ token: _token, ...info }: GeneratedToken): TokenInfo {
  return info;
}

/** Compares with every token, in a time that does not tell which one matched or how far. */
export function findToken(tokens: readonly TokenInfo[], text: string): TokenInfo | undefined {
  const presented = sha256(text);
  let found: TokenInfo | undefined;
  for (const candidate of tokens) {
    const known = Buffer.from(String(candidate.tokenHash), 'hex');
    const same = known.length === presented.length && timingSafeEqual(known, presented);
    if (same && Array.isArray(candidate.scopes)) found ??= candidate;
  }
  return found;
}

export function isLive(token: TokenInfo): boolean {
  // Asked this way round, a date that cannot be read (NaN) is past instead of eternal.
  return Date.parse(token.expiresAt) >= Date.now();
}

export function mayEverything(token: TokenInfo): boolean {
  return Array.isArray(token.scopes) && token.scopes.includes('*');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
