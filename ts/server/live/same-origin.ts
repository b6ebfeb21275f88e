import type { IncomingMessage } from 'node:http';
import { isLoopbackAddress } from '../../asbr/auth/index.js';

/**
 * Whether a request comes from this machine and from the server's own page.
 *
 * A site that points its own name at 127.0.0.1 (DNS rebinding) sends that name as `Host`; another local page sends its
 * origin, or says `same-site` in `Sec-Fetch-Site`. Programs send neither and are let through to the real check.
 *
 * @param host the name the server listens on; allowed besides the names of loopback
 */
export function isSameOrigin(req: IncomingMessage, host: string): boolean {
  if (!isLoopbackAddress(req.socket.remoteAddress ?? '')) return false;
  const authority = parseAuthority(req.headers.host);
  if (!authority || !(isLoopbackAddress(authority.name) || authority.name === host)) return false;
  const { origin } = req.headers;
  if (origin !== undefined && origin !== `http://${authority.text}`) return false;
  const site = req.headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

function parseAuthority(text: string | undefined): { text: string; name: string } | undefined {
  if (!text || !URL.canParse(`http://${text}`)) return undefined;
  const { hostname } = new URL(`http://${text}`);
  return { text, name: hostname.replace(/^\[(.*)\]$/, '$1') };
}
