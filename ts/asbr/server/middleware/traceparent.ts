import { randomBytes } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const VALID = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Keeps a valid W3C `traceparent` of the request, or makes one; the response carries it back. */
export const traceparent: RequestHandler = (req, res, next) => {
  const given = req.headers.traceparent;
  const trace = typeof given === 'string' && VALID.test(given) ? given : newTraceparent();
  res.locals.traceparent = trace;
  res.setHeader('traceparent', trace);
  next();
};

export function traceparentOf(res: Response): string | undefined {
  return res.locals.traceparent as string | undefined;
}

function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
