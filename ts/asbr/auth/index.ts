/**
 * Scoped bearer tokens for loopback clients.
 *
 * Matches `api/auth.ts` of `@cortex-os/asbr`, 2025-10-13; `tokens.json` keeps its format.
 *
 * Differences from the original:
 * - `tokens.json` is read once and again only when it has changed. `lastUsed` is gathered and
 *   written every five seconds at most; the original rewrote the file at each request, so
 *   parallel requests read half a file and were refused.
 * - The file is replaced whole, readable by its owner only; processes take turns by a lock file.
 * - Tokens are compared in constant time. One whose expiry date cannot be read is expired.
 * - The test bypass needs a test run (`NODE_ENV=test` or a vitest worker, never with
 *   `NODE_ENV=production`) or the explicit option; `ASBR_TEST_FORCE_BYPASS` alone does nothing.
 *   Known addresses must be loopback even then.
 * - Behind a proxy both the forwarded and the direct address must be loopback.
 * - `initializeAuth` changes the file once, not twice; `flushTokenUsage` is new.
 */
export { isLoopbackAddress } from './loopback.js';
export {
  type AuthenticatedRequest,
  type AuthOptions,
  type AuthResponse,
  createAuthMiddleware,
  requireScopes,
} from './middleware.js';
export { isTestLikeEnvironment } from './test-environment.js';
export type { GeneratedToken, TokenInfo, TokensConfig } from './token-types.js';
export {
  cleanupExpiredTokens,
  flushTokenUsage,
  generateToken,
  initializeAuth,
  revokeToken,
  validateToken,
} from './tokens.js';
