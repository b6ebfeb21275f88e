import type { Request } from 'express';
import { ValidationError } from '../../types/index.js';

/** A path parameter; Express has matched the route, so it is there. */
export function pathParam(req: Request, name: string): string {
  const value: unknown = req.params[name];
  return typeof value === 'string' ? value : '';
}

/** A query parameter given at most once. */
export function queryText(req: Request, name: string): string | undefined {
  const value: unknown = req.query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(name, 'must be given once');
  return value;
}

/** A query parameter that is a whole number within bounds. */
export function queryInteger(
  req: Request,
  name: string,
  { fallback, min, max }: { fallback: number; min: number; max: number },
): number {
  const text = queryText(req, name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw invalid(name, `must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/** A query parameter that is a date, as milliseconds since 1970. */
export function queryTime(req: Request, name: string): number | undefined {
  const text = queryText(req, name);
  if (text === undefined) return undefined;
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) throw invalid(name, 'must be an ISO 8601 date');
  return timeMs;
}

function invalid(field: string, rule: string): ValidationError {
  return new ValidationError(`Query parameter ${field} ${rule}`, { field, rule });
}
