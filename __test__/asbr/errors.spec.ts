import { createRequire } from 'node:module';
import {
  ASBRError,
  AuthenticationError,
  AuthorizationError,
  NotFoundError,
  ValidationError,
  validateTaskInput,
} from '@cortex-os/native/asbr';
import { describe, expect, test } from 'vitest';

describe('ASBR errors', () => {
  test.each([
    [
      new ASBRError('m', 'SOME_CODE'),
      { name: 'ASBRError', message: 'm', code: 'SOME_CODE', statusCode: 500, details: undefined },
    ],
    [
      new ASBRError('m', 'SOME_CODE', 418, { a: 1 }),
      { name: 'ASBRError', message: 'm', code: 'SOME_CODE', statusCode: 418, details: { a: 1 } },
    ],
    [
      new ValidationError('bad', { field: 'x' }),
      {
        name: 'ValidationError',
        message: 'bad',
        code: 'VALIDATION_ERROR',
        statusCode: 400,
        details: { field: 'x' },
      },
    ],
    [
      new AuthenticationError(),
      {
        name: 'AuthenticationError',
        message: 'Authentication required',
        code: 'AUTHENTICATION_ERROR',
        statusCode: 401,
      },
    ],
    [new AuthenticationError('Invalid token'), { message: 'Invalid token', statusCode: 401 }],
    [
      new AuthorizationError(),
      {
        name: 'AuthorizationError',
        message: 'Insufficient privileges',
        code: 'AUTHORIZATION_ERROR',
        statusCode: 403,
      },
    ],
    [
      new NotFoundError('Task'),
      { name: 'NotFoundError', message: 'Task not found', code: 'NOT_FOUND', statusCode: 404 },
    ],
  ])('%s has its fields', (error, fields) => {
    expect(error).toMatchObject(fields);
    expect(error).toBeInstanceOf(ASBRError);
    expect(error).toBeInstanceOf(Error);
  });

  test('an error thrown inside is an instance of the exported class, by import and by require', () => {
    const required = createRequire(import.meta.url)(
      '@cortex-os/native/asbr',
    ) as typeof import('@cortex-os/native/asbr');
    let thrown: unknown;
    try {
      validateTaskInput(undefined);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ValidationError);
    expect(thrown).toBeInstanceOf(required.ValidationError);
    expect(required.ASBRError).toBe(ASBRError);
  });
});
