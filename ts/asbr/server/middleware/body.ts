import type { ErrorRequestHandler, Request, RequestHandler } from 'express';

const LIMIT = '10mb';

/** JSON and form bodies, up to 10 MB. */
export function bodyParsers(express: typeof import('express')): RequestHandler[] {
  return [
    express.json({ limit: LIMIT, strict: true, type: 'application/json' }),
    express.urlencoded({ extended: false, limit: LIMIT }),
  ];
}

/** Answers for a body that could not be read; other errors go on. */
export const bodyErrors: ErrorRequestHandler = (
  error: { type?: string; message?: string },
  _req,
  res,
  next,
) => {
  if (error?.type === 'entity.parse.failed' || error instanceof SyntaxError) {
    res.status(400).json({ error: error.message || 'Malformed JSON', code: 'INVALID_JSON' });
  } else if (error?.type === 'entity.too.large') {
    res.status(413).json({ error: error.message || 'Payload too large', code: 'PAYLOAD_TOO_LARGE' });
  } else {
    next(error);
  }
};

/** The fields of the body; none when there was no body, or one that is no object. */
export function bodyFields(req: Request): Record<string, unknown> {
  const body: unknown = req.body;
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}
