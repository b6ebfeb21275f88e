import type { ErrorRequestHandler } from 'express';
import { logError } from '../../lib/logger.js';
import { ASBRError, NotFoundError } from '../../types/index.js';

interface Answer {
  status: number;
  body: { error: string; code: string; details?: unknown };
}

/** Answers for what a route threw. Only what is the client's doing is explained to it. */
export const apiErrors: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  logError('API Error', { error });
  if (res.headersSent) {
    next(error);
    return;
  }
  const { status, body } = answerTo(error);
  res.status(status).json(body);
};

function answerTo(error: unknown): Answer {
  if (error instanceof NotFoundError) {
    return { status: 404, body: { error: error.message, code: error.code } };
  }
  if (error instanceof ASBRError && isClientFault(error.statusCode)) {
    return {
      status: error.statusCode,
      body: { error: error.message, code: error.code, details: error.details },
    };
  }
  const { status, expose, message } = error as { status?: unknown; expose?: unknown; message?: string };
  if (isClientFault(status)) {
    return { status, body: { error: expose && message ? message : 'Bad request', code: 'BAD_REQUEST' } };
  }
  return { status: 500, body: { error: 'Internal server error', code: 'INTERNAL_ERROR' } };
}

function isClientFault(status: unknown): status is number {
  return typeof status === 'number' && status >= 400 && status < 500;
}
