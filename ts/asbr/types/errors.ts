/**
 * The error classes of ASBR: every ASBR module throws these and no other ones, so
 * `instanceof` holds whichever entry a caller imports them from.
 *
 * Matches `@cortex-os/asbr/types` and `@cortex-os/asbr-schemas` of 2025-10-13.
 *
 * Differences from the original:
 * - Both original packages declared the classes, so an error of one was not an
 *   `instanceof` the other's. Here each class exists once.
 */

/**
 * Base of all errors ASBR raises on purpose.
 *
 * Shape: `message` for people, `code` stable text for programs, `statusCode` the
 * HTTP status that fits, `details` optional facts (`undefined` when there are none).
 *
 * @example
 * ```ts
 * try {
 *   await loadConfig();
 * } catch (error) {
 *   if (error instanceof ASBRError && error.code === 'VALIDATION_ERROR') report(error.details);
 * }
 * ```
 */
export class ASBRError extends Error {
  code: string;
  statusCode: number;
  details?: Record<string, unknown> | undefined;

  constructor(message: string, code: string, statusCode = 500, details?: Record<string, unknown>) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
    this.details = details;
    this.name = 'ASBRError';
  }
}

/** Input, a file or a configuration is not what it must be. Code `VALIDATION_ERROR`, status 400. */
export class ValidationError extends ASBRError {
  constructor(message: string, details?: Record<string, unknown>) {
    super(message, 'VALIDATION_ERROR', 400, details);
    this.name = 'ValidationError';
  }
}

/** The caller is not known. Code `AUTHENTICATION_ERROR`, status 401. */
export class AuthenticationError extends ASBRError {
  constructor(message = 'Authentication required') {
    super(message, 'AUTHENTICATION_ERROR', 401);
    this.name = 'AuthenticationError';
  }
}

/** The caller is known but may not do this. Code `AUTHORIZATION_ERROR`, status 403. */
export class AuthorizationError extends ASBRError {
  constructor(message = 'Insufficient privileges') {
    super(message, 'AUTHORIZATION_ERROR', 403);
    this.name = 'AuthorizationError';
  }
}

/** The thing named by `resource` does not exist. Code `NOT_FOUND`, status 404. */
export class NotFoundError extends ASBRError {
  constructor(resource: string) {
    super(`${resource} not found`, 'NOT_FOUND', 404);
    this.name = 'NotFoundError';
  }
}
