/**
 * Response headers of a limit, as the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers,
 * version 10) writes them, and `Retry-After` (RFC 9110).
 */
import { isIPv6 } from 'node:net';
import type { LimitResult } from './limiter-types.js';

/** Later than this nobody waits; clients treat very large numbers as errors. */
const MAX_RETRY_SECONDS = 86_400;

/**
 * The headers for an answer. None of a limit where nothing was counted.
 *
 * @param policy name of the limit, for clients that see several; printable ASCII
 */
export function rateLimitHeaders(policy: string, result: LimitResult): Record<string, string> {
  const name = `"${policy.replaceAll(/[^\x20-\x7e]/g, '').replaceAll(/["\\]/g, '\\$&')}"`;
  const headers: Record<string, string> = {};
  if (result.outcome === 'allowed' || result.outcome === 'limited') {
    headers['RateLimit-Policy'] = `${name};q=${result.limit};w=${seconds(result.windowMs)}`;
    headers.RateLimit = `${name};r=${result.remaining};t=${seconds(result.nextMs)}`;
  }
  if (!result.allowed) headers['Retry-After'] = String(Math.max(1, seconds(result.retryAfterMs)));
  return headers;
}

function seconds(milliseconds: number): number {
  return Math.min(Math.ceil(milliseconds / 1000), MAX_RETRY_SECONDS);
}

/** The key of an address: IPv4 as it is, IPv6 by its first 64 bits, which is what one client usually has. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('%', 1)[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array(Math.max(0, 8 - first.length - last.length)).fill('0');
  const groups = [...first, ...zeros, ...last].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${groups.join(':').toLowerCase()}::/64`;
}
