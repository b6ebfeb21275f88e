/**
 * Structured logging: one JSON line per call, on the console unless a logger is set.
 *
 * Matches `lib/logger.ts` of `@cortex-os/asbr`, 2025-10-13: line
 * `{level, timestamp, message, ...meta}`, where `meta` may overwrite the first three.
 *
 * Differences from the original:
 * - `setLogger` sends the lines elsewhere.
 * - Errors in `meta` print their name, message, code and stack instead of `{}`.
 * - `meta` that JSON cannot hold (a cycle, a bigint) is printed by `util.inspect`; the
 *   original threw out of the log call.
 */
import { inspect } from 'node:util';

/** Facts beside a message; keys are free. */
export type LogMeta = Record<string, unknown>;

/** What `setLogger` takes: any of the three; a missing one stays on the console. */
export interface AsbrLogger {
  logInfo?: (message: string, meta?: LogMeta) => void;
  logWarn?: (message: string, meta?: LogMeta) => void;
  logError?: (message: string, meta?: LogMeta) => void;
}

type Level = 'info' | 'warn' | 'error';

let current: AsbrLogger = {};

/**
 * Sends log lines to `logger` instead of the console; without an argument, back to the
 * console. Returns the logger that was set before, so that a test can put it back.
 *
 * @example
 * ```ts
 * const previous = setLogger({ logError: (message, meta) => report(message, meta) });
 * ```
 */
export function setLogger(logger: AsbrLogger = {}): AsbrLogger {
  const previous = current;
  current = logger;
  return previous;
}

/** Logs what went as it should, by `console.log`. */
export function logInfo(message: string, meta?: LogMeta): void {
  if (current.logInfo) current.logInfo(message, meta);
  else console.log(formatLine('info', message, meta));
}

/** Logs what is odd but handled, by `console.warn`. */
export function logWarn(message: string, meta?: LogMeta): void {
  if (current.logWarn) current.logWarn(message, meta);
  else console.warn(formatLine('warn', message, meta));
}

/** Logs what failed, by `console.error`. */
export function logError(message: string, meta?: LogMeta): void {
  if (current.logError) current.logError(message, meta);
  else console.error(formatLine('error', message, meta));
}

function formatLine(level: Level, message: string, meta?: LogMeta): string {
  const head = { level, timestamp: new Date().toISOString(), message };
  try {
    return JSON.stringify({ ...head, ...meta }, showErrors);
  } catch {
    return JSON.stringify({ ...head, meta: inspect(meta) });
  }
}

function showErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  // Named one by one because they are not enumerable: JSON would leave them out.
  const { name, message, stack, cause } = value;
  return { ...value, name, message, stack, cause };
}
