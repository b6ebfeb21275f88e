import { isIPv4 } from 'node:net';

/**
 * Whether an address is this machine's own: `127.0.0.0/8`, also mapped into IPv6, `::1`, or the
 * name `localhost`. Empty is not. A name that only begins like a loopback address is not either.
 */
export function isLoopbackAddress(ip: string): boolean {
  if (!ip) return false;
  const address = ip.replace(/^::ffff:/i, '');
  if (isIPv4(address)) return address.startsWith('127.');
  return address === '::1' || address === 'localhost';
}
