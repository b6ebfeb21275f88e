import type { RequestHandler } from 'express';

/** GET /health: open to all, so that a supervisor needs no token. */
export const health: RequestHandler = (_req, res) => {
  res.json({ status: 'ok', timestamp: new Date().toISOString() });
};
