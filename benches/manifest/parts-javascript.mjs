/** The parts in plain JavaScript. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { KEY } from '../data/manifest.mjs';
import { canonical, signedMap } from './plain.mjs';

export async function open(path) {
  const cache = new LRUCache({ max: 10, ttl: 60_000 });
  const refresh = async () => {
    const map = await signedMap(path);
    const current = { body: Buffer.from(JSON.stringify(map)), map };
    cache.set(path, current);
    return current;
  };
  await refresh();
  return { current: () => cache.get(path), refresh, verify, close() {} };
}

function verify(body) {
  const { signature, ...payload } = JSON.parse(body);
  const expected = createHmac('sha256', KEY).update(canonical(payload)).digest();
  const given = Buffer.from(signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
