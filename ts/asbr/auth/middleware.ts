import { AuthenticationError, AuthorizationError } from '../types/index.js';
import { isLoopbackAddress } from './loopback.js';
import { decideTestBypass } from './test-environment.js';
import { defaultTokenStore } from './tokens.js';

/** What the middleware reads of a request and writes to it; an Express request has it. */
export interface AuthenticatedRequest {
  headers: { authorization?: string | undefined };
  ip?: string | undefined;
  socket?: { remoteAddress?: string | undefined };
  auth?: { tokenId: string; scopes: string[] };
}

/** What the middleware needs of a response; an Express response has it. */
export interface AuthResponse {
  status(code: number): { json(body: unknown): unknown };
}

type Next = (error?: unknown) => void;

export interface AuthOptions {
  /**
   * Lets every bearer token pass with all scopes. Default: only in a test run, see
   * `isTestLikeEnvironment`. `true` in production throws `TEST_BYPASS_REFUSED`.
   */
  testBypass?: boolean | undefined;
}

const bearer = 'Bearer ';

/**
 * Makes Express middleware (4 and 5) that admits loopback clients with a live token and sets
 * `req.auth` to `{tokenId, scopes}`.
 *
 * Responses: 403 `{error: 'Access denied: loopback only'}`; 401 `{error, code}` with code
 * `AUTHENTICATION_ERROR` and error `Authentication required`, `Invalid token`, `Token expired` or
 * `Unable to load tokens: …`; 500 `Authentication failed` with the same code.
 *
 * @example
 * ```ts
 * app.use('/v1', createAuthMiddleware());
 * app.get('/v1/tasks/:id', requireScopes('tasks:read'), handler);
 * ```
 */
export function createAuthMiddleware(options: AuthOptions = {}) {
  const testBypass = decideTestBypass(options.testBypass);

  return async (req: AuthenticatedRequest, res: AuthResponse, next: Next): Promise<void> => {
    const header = req.headers.authorization;
    const addresses = [req.ip, req.socket?.remoteAddress].filter((address) => !!address);
    const allLoopback = addresses.every((address) => isLoopbackAddress(address as string));

    // Suites call with bare request objects, so under the bypass an unknown address will do.
    if (testBypass() && allLoopback && header?.startsWith(bearer)) {
      req.auth ??= { tokenId: 'test-env', scopes: ['*'] };
      next();
      return;
    }
    if (addresses.length === 0 || !allLoopback) {
      res.status(403).json({ error: 'Access denied: loopback only' });
      return;
    }
    if (!header?.startsWith(bearer)) {
      refuse(res, new AuthenticationError());
      return;
    }
    try {
      const store = defaultTokenStore();
      const { id, scopes } = await store.validate(header.slice(bearer.length));
      store.noteUse(id);
      req.auth = { tokenId: id, scopes };
    } catch (error) {
      refuse(res, error);
      return;
    }
    next();
  };
}

/**
 * Makes Express middleware that admits who has every one of the scopes, or `*`.
 *
 * Responses: 401 `Authentication required` when nobody is authenticated; 403
 * `{error: 'Insufficient privileges', code: 'AUTHORIZATION_ERROR', required, available}`.
 */
export function requireScopes(...required: string[]) {
  return (req: AuthenticatedRequest, res: AuthResponse, next: Next): void => {
    if (!req.auth) {
      refuse(res, new AuthenticationError());
      return;
    }
    const available = req.auth.scopes;
    if (available.includes('*') || required.every((scope) => available.includes(scope))) {
      next();
      return;
    }
    const { message, code, statusCode } = new AuthorizationError();
    res.status(statusCode).json({ error: message, code, required, available });
  };
}

function refuse(res: AuthResponse, error: unknown): void {
  const known = error instanceof AuthenticationError;
  const { code } = new AuthenticationError();
  res
    .status(known ? error.statusCode : 500)
    .json({ error: known ? error.message : 'Authentication failed', code });
}
