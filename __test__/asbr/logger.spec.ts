import { logError, logInfo, logWarn, setLogger } from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const written: [string, Record<string, unknown>][] = [];

beforeEach(() => {
  written.length = 0;
  for (const method of ['log', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => {
      written.push([method, JSON.parse(line)]);
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  setLogger();
});

describe('the logger', () => {
  test('writes one JSON line per call, each level to its console method', () => {
    vi.useFakeTimers({ now: Date.parse('2025-10-13T12:00:00.000Z') });
    const timestamp = '2025-10-13T12:00:00.000Z';
    logInfo('one', { a: 1 });
    logWarn('two');
    logError('three');
    expect(written).toEqual([
      ['log', { level: 'info', timestamp, message: 'one', a: 1 }],
      ['warn', { level: 'warn', timestamp, message: 'two' }],
      ['error', { level: 'error', timestamp, message: 'three' }],
    ]);
  });

  test('lets meta overwrite level and message', () => {
    logInfo('m', { level: 'audit', message: 'n' });
    expect(written[0]?.[1]).toMatchObject({ level: 'audit', message: 'n' });
  });

  test('shows errors instead of {}', () => {
    const error = Object.assign(new TypeError('broken', { cause: new Error('why') }), { code: 'E_X' });
    logError('m', { error });
    expect(written[0]?.[1].error).toMatchObject({
      name: 'TypeError',
      message: 'broken',
      code: 'E_X',
      stack: expect.stringContaining('TypeError: broken'),
      cause: { message: 'why' },
    });
  });

  test('does not throw on what JSON cannot hold', () => {
    const cycle: Record<string, unknown> = { big: 1n };
    cycle.self = cycle;
    logInfo('m', cycle);
    expect(written[0]?.[1]).toMatchObject({
      level: 'info',
      message: 'm',
      meta: expect.stringContaining('Circular'),
    });
  });

  test('can be replaced in part and put back', () => {
    const seen: unknown[] = [];
    const previous = setLogger({ logError: (message, meta) => seen.push([message, meta]) });
    logError('mine', { a: 1 });
    logInfo('console');
    expect(seen).toEqual([['mine', { a: 1 }]]);
    setLogger(previous);
    logError('console again');
    expect(written.map(([method]) => method)).toEqual(['log', 'error']);
  });
});
