import { isLoopbackAddress, isTestLikeEnvironment, validateToken } from '../auth/index.js';
import type { SocketAuthorizer, SocketHandshake } from '../events/index.js';

const BEARER = 'Bearer ';

/**
 * Lets a socket.io client in by the same tokens as HTTP: `io(url, { auth: { token } })`, or an `Authorization` header.
 * It must come from this machine and may read events.
 */
export function socketAuthorizer(testBypass: boolean | undefined): SocketAuthorizer {
  return async (handshake) => {
    if (testBypass ?? isTestLikeEnvironment()) return true;
    if (!isLoopbackAddress(handshake.address ?? '')) return false;
    const { scopes } = await validateToken(tokenOf(handshake));
    return scopes.includes('*') || scopes.includes('events:read');
  };
}

function tokenOf({ auth, headers }: SocketHandshake): string {
  const { token } = auth ?? {};
  if (typeof token === 'string') return token;
  const header = headers?.authorization;
  return typeof header === 'string' && header.startsWith(BEARER) ? header.slice(BEARER.length) : '';
}
