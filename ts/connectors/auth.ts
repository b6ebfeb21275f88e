/** Who may ask: clients that know the API key, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Why a request is refused. */
export interface Refusal {
  status: 401 | 403;
  detail: string;
  /** What the client may try, for `WWW-Authenticate`; a 403 has none. */
  challenge?: string;
}

/** Answers whether a request may pass. */
export type Gate = (authorization: string | undefined, basic: boolean) => Refusal | undefined;

/**
 * A gate for `apiKey`; without one everybody passes. Where `basic` is allowed, the key may also come as the password
 * of HTTP Basic: browsers can send that, and no bearer token, when a page is opened.
 */
export function gateFor(apiKey: string | undefined): Gate {
  if (apiKey === undefined) return () => undefined;
  const wanted = digest(apiKey);
  return (authorization, basic) => {
    const challenge = basic ? 'Bearer, Basic realm="connectors", charset="UTF-8"' : 'Bearer';
    if (!authorization) return { status: 401, detail: '[brAInwav] Missing Authorization header', challenge };
    const given = credentials(authorization, basic);
    if (given === undefined)
      return { status: 401, detail: '[brAInwav] Invalid Authorization header', challenge };
    if (timingSafeEqual(digest(given), wanted)) return undefined;
    // Only a 401 makes a browser ask again.
    return basic && /^basic /i.test(authorization)
      ? { status: 401, detail: '[brAInwav] Invalid API key', challenge }
      : { status: 403, detail: '[brAInwav] Invalid API key' };
  };
}

function credentials(authorization: string, basic: boolean): string | undefined {
  const [, scheme = '', rest = ''] = /^([A-Za-z]+) +(\S.*)$/.exec(authorization.trim()) ?? [];
  if (scheme.toLowerCase() === 'bearer') return rest;
  if (!basic || scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(rest, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}

/** Digests are of one length, whatever the keys are. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
