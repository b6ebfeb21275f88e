import type { RequestHandler } from 'express';

/** What every response carries. */
export function standardHeaders(cacheTtlSeconds: number): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('X-Frame-Options', 'DENY');
    res.setHeader('X-XSS-Protection', '1; mode=block');
    res.setHeader('Cache-Control', `private, max-age=${cacheTtlSeconds}`);
    next();
  };
}
