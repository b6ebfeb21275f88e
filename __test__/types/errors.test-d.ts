/** Narrowing an error by its class and by its code. */
import {
  CortexError,
  type ErrorCode,
  HubError,
  LedgerError,
  LogError,
  type ManifestAttempt,
  ManifestError,
} from '@cortex-os/native';
import { expectTypeOf, test } from 'vitest';

declare const caught: unknown;

test('every class is a CortexError, which is an Error', () => {
  expectTypeOf<LogError>().toExtend<CortexError>();
  expectTypeOf<LedgerError>().toExtend<CortexError>();
  expectTypeOf<HubError>().toExtend<CortexError>();
  expectTypeOf<ManifestError>().toExtend<CortexError>();
  expectTypeOf<CortexError>().toExtend<Error>();
});

test('a code is a literal, so that a misspelt one does not compile', () => {
  if (caught instanceof CortexError) {
    expectTypeOf(caught.code).toEqualTypeOf<ErrorCode>();
    // @ts-expect-error: no such code
    caught.code === 'ERR_LOG_FUL';
  }
});

test('a class narrows its codes to its domain', () => {
  if (caught instanceof LogError) {
    expectTypeOf(caught.code).toExtend<`ERR_LOG_${string}`>();
    // @ts-expect-error: a code of another domain
    caught.code === 'ERR_HUB_CLOSED';
  }
  if (caught instanceof LedgerError) expectTypeOf(caught.code).toExtend<`ERR_LEDGER_${string}`>();
  if (caught instanceof HubError) expectTypeOf(caught.code).toExtend<`ERR_HUB_${string}`>();
  if (caught instanceof ManifestError) {
    expectTypeOf(caught.code).toExtend<`ERR_MANIFEST_${string}`>();
    expectTypeOf(caught.attempts).toEqualTypeOf<readonly ManifestAttempt[]>();
  }
});

test('code and fields are read, not written', () => {
  if (caught instanceof CortexError) {
    expectTypeOf(caught.fields.path).toEqualTypeOf<string | number | undefined>();
    // @ts-expect-error: read-only
    caught.code = 'ERR_LOG_FULL';
    // @ts-expect-error: read-only
    caught.fields.path = '/elsewhere';
  }
});
