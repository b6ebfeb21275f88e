/** Callbacks that come, go and throw while others are being called. */
import { describe, expect, vi } from 'vitest';
import { test } from '../support/hub-test.js';

describe('a callback that throws', () => {
  test('is reported and does not keep others, or emit, from going on', async ({ openHub }) => {
    const onError = vi.fn();
    const hub = await openHub({ onError });
    const seen: unknown[] = [];
    const failure = new Error('broken');
    hub.subscribe({}, (event) => seen.push(['first', event]));
    hub.subscribe({}, () => {
      throw failure;
    });
    hub.subscribe({}, (event) => seen.push(['last', event]));
    expect(hub.emit(1)).toBe(0);
    expect(hub.emit(2)).toBe(1);
    expect(seen).toEqual([
      ['first', 1],
      ['last', 1],
      ['first', 2],
      ['last', 2],
    ]);
    expect(onError.mock.calls).toEqual([
      [failure, 'subscribe'],
      [failure, 'subscribe'],
    ]);
  });

  test('becomes a warning when nobody asked to be told', async ({ openHub }) => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const hub = await openHub();
    hub.subscribe({}, () => {
      throw new Error('broken callback');
    });
    hub.emit({});
    expect(warn.mock.calls[0]?.[0]).toMatch(/subscribe: Error: broken callback/);
    warn.mockRestore();
  });

  test('does no harm when the one that is told throws as well', async ({ openHub }) => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const hub = await openHub({
      onError: () => {
        throw new Error('worse');
      },
    });
    const seen: unknown[] = [];
    hub.subscribe({}, () => {
      throw new Error('broken');
    });
    hub.subscribe({}, (event) => seen.push(event));
    hub.emit(1);
    expect(seen).toEqual([1]);
    expect(warn.mock.calls[0]?.[0]).toMatch(/onError: Error: worse/);
    warn.mockRestore();
  });
});

describe('unsubscribing', () => {
  test('ends the calls of that callback alone, once', async ({ openHub }) => {
    const hub = await openHub();
    const seen: string[] = [];
    const unsubscribe = hub.subscribe({ topic: 'a' }, () => seen.push('gone'));
    hub.subscribe({ topic: 'a' }, () => seen.push('stays'));
    expect(hub.stats().subscriptions).toBe(2);
    unsubscribe();
    unsubscribe();
    expect(hub.stats().subscriptions).toBe(1);
    hub.emit({ topic: 'a' });
    expect(seen).toEqual(['stays']);
  });

  test('within the callback ends it after the current event', async ({ openHub }) => {
    const hub = await openHub();
    const seen: unknown[] = [];
    const unsubscribe = hub.subscribe({}, (event) => {
      seen.push(event);
      unsubscribe();
      hub.emit('from within');
    });
    hub.emit('first');
    hub.emit('second');
    expect(seen).toEqual(['first']);
  });

  test('of another during a dispatch skips nobody else and holds from the next event on', async ({
    openHub,
  }) => {
    const hub = await openHub();
    const seen: string[] = [];
    let unsubscribe = () => {};
    hub.subscribe({}, (event) => {
      seen.push(`a${event}`);
      unsubscribe();
    });
    unsubscribe = hub.subscribe({}, (event) => seen.push(`b${event}`));
    hub.subscribe({}, (event) => seen.push(`c${event}`));
    hub.emit(1);
    hub.emit(2);
    expect(seen.filter((text) => !text.startsWith('b'))).toEqual(['a1', 'c1', 'a2', 'c2']);
    expect(seen).not.toContain('b2');
  });
});

describe('subscribing during a dispatch', () => {
  test('begins with the next event that is emitted', async ({ openHub }) => {
    const hub = await openHub();
    const seen: unknown[] = [];
    const unsubscribe = hub.subscribe({}, () => {
      unsubscribe();
      hub.emit('emitted before');
      hub.subscribe({}, (event) => seen.push(event));
      hub.emit('emitted after');
    });
    hub.emit('outer');
    hub.emit('later');
    expect(seen).toEqual(['emitted after', 'later']);
  });

  test('by the only callback that there is sees no event twice', async ({ openHub }) => {
    const hub = await openHub();
    const offsets: number[] = [];
    let unsubscribe = () => {};
    const again = (_: unknown, { offset }: { offset: number }) => {
      offsets.push(offset);
      unsubscribe();
      if (offset < 10) hub.emit({});
      unsubscribe = hub.subscribe({}, again);
      if (offset < 10) hub.emit({});
    };
    unsubscribe = hub.subscribe({}, again);
    hub.emit({});
    expect(offsets).toEqual([0, 2, 4, 6, 8, 10]);
  });
});
