/** Events that are not taken: by `emit` with an error, by `tryEmit` with a number. */
import { HubError, LogError } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { thrown } from '../support/errors.js';
import { test } from '../support/hub-test.js';

function circle(): unknown {
  const event: Record<string, unknown> = {};
  event.self = event;
  return event;
}

function throws(): never {
  throw new Error('toJSON broke');
}

describe('an event without a line of JSON', () => {
  const events: [string, unknown, RegExp][] = [
    ['undefined', undefined, /JSON\.stringify has no text/],
    ['a function', () => 1, /JSON\.stringify has no text/],
    ['a symbol', Symbol('x'), /JSON\.stringify has no text/],
    ['one whose toJSON gives undefined', { toJSON() {} }, /JSON\.stringify has no text/],
    ['a bigint', 7n, /BigInt/],
    ['one that holds a bigint', { n: 7n }, /BigInt/],
    ['a circle', circle(), /circular/],
    ['one whose toJSON throws', { toJSON: throws }, /toJSON broke/],
    [
      'one with a getter that throws',
      Object.defineProperty({}, 'x', { enumerable: true, get: throws }),
      /broke/,
    ],
  ];

  test.for(events)('is refused: %s', async ([, event, reason], { openHub }) => {
    const hub = await openHub();
    const error = thrown(() => hub.emit(event)) as HubError;
    expect(error).toBeInstanceOf(HubError);
    expect(error.code).toBe('ERR_HUB_EVENT_INVALID');
    expect(error.fields.reason).toMatch(reason);
    expect(hub.tryEmit(event)).toBe(-6);
    await expect(hub.emitDurable(event)).rejects.toMatchObject({ code: 'ERR_HUB_EVENT_INVALID' });
    expect(hub.head).toBe(0);
  });

  test('keeps what JSON.stringify threw as the cause', async ({ openHub }) => {
    const hub = await openHub();
    const error = thrown(() => hub.emit({ toJSON: throws })) as Error;
    expect(error.cause).toMatchObject({ message: 'toJSON broke' });
  });
});

describe('an event that is too long', () => {
  test('is refused with both lengths in bytes', async ({ openHub }) => {
    const hub = await openHub({ maxLineBytes: 1000 });
    const error = thrown(() => hub.emit('é'.repeat(500))) as LogError;
    expect(error).toBeInstanceOf(LogError);
    expect(error.code).toBe('ERR_LOG_LINE_TOO_LARGE');
    expect(error.fields).toEqual({ lineBytes: 1002, maxLineBytes: 1000 });
    expect(hub.tryEmit('é'.repeat(500))).toBe(-2);
    expect(hub.emit('é'.repeat(499))).toBe(0);
  });

  test('is refused however long it is', async ({ openHub }) => {
    const hub = await openHub({ ringBytes: 64 * 1024, maxLineBytes: 256 });
    for (const length of [257, 16 * 1024, 64 * 1024, 1024 * 1024, 64 * 1024 * 1024]) {
      expect(hub.tryEmit('x'.repeat(length - 2))).toBe(-2);
    }
    expect(hub.emit('x'.repeat(254))).toBe(0);
  });
});

describe('one type too many', () => {
  test('is refused, and the known ones are still taken', async ({ openHub }) => {
    const hub = await openHub();
    // The untyped event is of a type as well: the empty one.
    hub.emit({});
    for (let n = 1; n < 4096; n += 1) hub.emit({ type: `type ${n}` });
    const error = thrown(() => hub.emit({ type: 'one more' })) as LogError;
    expect(error.code).toBe('ERR_LOG_TYPES_FULL');
    expect(error.fields).toEqual({ maxTypes: 4096 });
    expect(hub.tryEmit({ type: 'one more' })).toBe(-9);
    expect(hub.emit({ type: 'type 1' })).toBe(4096);
    expect(hub.emit({})).toBe(4097);
  });
});

describe('a name that is no text', () => {
  test.for(['topic', 'type'])('is refused: %s', async (option, { openHub }) => {
    const hub = await openHub();
    const error = thrown(() => hub.emit({}, { [option]: 7 })) as HubError;
    expect(error).toMatchObject({ code: 'ERR_HUB_OPTION_INVALID', fields: { option, actual: '7' } });
    expect(hub.head).toBe(0);
  });
});
