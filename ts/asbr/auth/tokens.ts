import { getConfigPath } from '../xdg/index.js';
import { TokenStore } from './token-store.js';
import type { GeneratedToken, TokenInfo } from './token-types.js';

const stores = new Map<string, TokenStore>();

/** The store of `tokens.json` in the configuration directory the environment names now. */
export function defaultTokenStore(): TokenStore {
  const path = getConfigPath('tokens.json');
  let store = stores.get(path);
  if (!store) {
    store = new TokenStore(path);
    stores.set(path, store);
  }
  return store;
}

/**
 * Makes a token and stores its hash. The text is in the result and nowhere else.
 *
 * `ttlHours` (default 24) may be 0 or less for a token that is already expired. Errors:
 * `VALIDATION_ERROR` (`Failed to save token: …`, `Failed to save tokens: …`).
 *
 * @example
 * ```ts
 * const { token, id } = await generateToken(['tasks:create', 'tasks:read'], 8);
 * ```
 */
export function generateToken(scopes: string[], ttlHours = 24): Promise<GeneratedToken> {
  return defaultTokenStore().generate(scopes, ttlHours);
}

/**
 * Finds the token by its text. An expired one is removed from the file.
 *
 * Errors: `AUTHENTICATION_ERROR` with message `Invalid token`, `Token expired`, or
 * `Unable to load tokens: …`.
 */
export function validateToken(token: string): Promise<TokenInfo> {
  return defaultTokenStore().validate(token);
}

/** Removes a token by its id; an unknown id changes nothing. Error `VALIDATION_ERROR`. */
export function revokeToken(tokenId: string): Promise<void> {
  return defaultTokenStore().revoke(tokenId);
}

/** Removes all expired tokens and tells how many that were. Error `VALIDATION_ERROR`. */
export function cleanupExpiredTokens(): Promise<number> {
  return defaultTokenStore().removeExpired();
}

/**
 * Makes a token for everything, valid 30 days, in the place of all live ones of that kind.
 *
 * Error `VALIDATION_ERROR`: `Failed to initialize authentication: …` when `tokens.json` cannot be
 * read, `Failed to save tokens: …`.
 */
export function initializeAuth(): Promise<GeneratedToken> {
  return defaultTokenStore().replaceAdmin(24 * 30);
}

/**
 * Writes `lastUsed` of the tokens that passed since the last write; otherwise that happens
 * every five seconds at most. A server calls it when it stops. Never rejects.
 */
export function flushTokenUsage(): Promise<void> {
  return defaultTokenStore().flushUses();
}
