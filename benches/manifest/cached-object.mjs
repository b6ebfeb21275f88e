/** The map as an object in an lru-cache with a time to live; text and tag for every request. */
import { LRUCache } from 'lru-cache';
import { sendJson, signedMap } from './plain.mjs';

export const open = async (path) => {
  const cache = new LRUCache({ max: 10, ttl: 60_000, fetchMethod: (key) => signedMap(key) });
  return async (req, res) => sendJson(req, res, await cache.fetch(path));
};
