/** In-process callbacks: what they get, and in which order. */
import type { EventMeta } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';

describe('a callback', () => {
  test('gets the very object that was emitted, before emit returns, with what is known of it', async ({
    openHub,
  }) => {
    const hub = await openHub();
    const calls: [unknown, EventMeta][] = [];
    hub.subscribe({}, (event, meta) => calls.push([event, meta]));
    class Order {
      topic = 'orders';
      type = 'paid';
      check = () => true;
    }
    const order = new Order();
    const offset = hub.emit(order);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.[0]).toBe(order);
    expect(calls[0]?.[1]).toMatchObject({ offset, topic: 'orders', type: 'paid' });
  });

  test('is not called for what was emitted before it subscribed', async ({ openHub }) => {
    const hub = await openHub();
    hub.emit({ n: 0 });
    const seen: unknown[] = [];
    hub.subscribe({}, (event) => seen.push(event));
    hub.emit({ n: 1 });
    expect(seen).toEqual([{ n: 1 }]);
  });

  test('is not called for an event that was refused', async ({ openHub }) => {
    const hub = await openHub({ maxLineBytes: 256 });
    const seen: unknown[] = [];
    hub.subscribe({}, (event) => seen.push(event));
    expect(hub.tryEmit('x'.repeat(300))).toBe(-2);
    expect(hub.tryEmit(undefined)).toBe(-6);
    expect(seen).toEqual([]);
  });
});

describe('a filter', () => {
  test('lets through one topic, some types, both, all or nothing', async ({ openHub }) => {
    const hub = await openHub();
    const seen: Record<string, unknown[]> = {
      all: [],
      topic: [],
      types: [],
      both: [],
      nothing: [],
      other: [],
    };
    hub.subscribe({}, (event) => seen.all?.push(event));
    hub.subscribe({ topic: 'a' }, (event) => seen.topic?.push(event));
    hub.subscribe({ types: ['x', 'y'] }, (event) => seen.types?.push(event));
    hub.subscribe({ topic: 'a', types: ['y'] }, (event) => seen.both?.push(event));
    hub.subscribe({ types: [] }, (event) => seen.nothing?.push(event));
    hub.subscribe({ topic: 'nowhere' }, (event) => seen.other?.push(event));
    for (const topic of ['a', 'b'])
      for (const type of ['x', 'y', 'z']) hub.emit(`${topic}${type}`, { topic, type });
    expect(seen).toEqual({
      all: ['ax', 'ay', 'az', 'bx', 'by', 'bz'],
      topic: ['ax', 'ay', 'az'],
      types: ['ax', 'ay', 'bx', 'by'],
      both: ['ay'],
      nothing: [],
      other: [],
    });
  });

  test('is what it was when subscribing', async ({ openHub }) => {
    const hub = await openHub();
    const filter = { topic: 'a', types: ['x'] };
    const seen: unknown[] = [];
    hub.subscribe(filter, (event) => seen.push(event));
    filter.topic = 'b';
    filter.types.push('y');
    hub.emit(1, { topic: 'a', type: 'x' });
    hub.emit(2, { topic: 'a', type: 'y' });
    hub.emit(3, { topic: 'b', type: 'x' });
    expect(seen).toEqual([1]);
  });
});

describe('several callbacks', () => {
  test('are called in the order of subscription, whatever their filters', async ({ openHub }) => {
    const hub = await openHub();
    const calls: number[] = [];
    const filters = [{ topic: 'a' }, {}, { topic: 'a' }, { types: ['x'] }, {}, { topic: 'a', types: ['x'] }];
    for (const [index, filter] of filters.entries()) hub.subscribe(filter, () => calls.push(index));
    hub.emit({ topic: 'a', type: 'x' });
    expect(calls).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('are called once each for the same function subscribed twice', async ({ openHub }) => {
    const hub = await openHub();
    let calls = 0;
    const callback = () => {
      calls += 1;
    };
    const unsubscribe = hub.subscribe({}, callback);
    hub.subscribe({}, callback);
    hub.emit({});
    expect(calls).toBe(2);
    unsubscribe();
    hub.emit({});
    expect(calls).toBe(3);
  });

  test('each see events in the order of offsets when callbacks emit', async ({ openHub }) => {
    const hub = await openHub();
    const seen: number[][] = [[], [], []];
    const emitsTwo = (depth: number) => () => {
      if (hub.head < depth) hub.emit({}, { topic: 'inner' });
      if (hub.head < depth) hub.emit({}, { topic: 'outer' });
    };
    hub.subscribe({}, (_, { offset }) => seen[0]?.push(offset));
    hub.subscribe({ topic: 'outer' }, emitsTwo(50));
    hub.subscribe({}, (_, { offset }) => seen[1]?.push(offset));
    hub.subscribe({ topic: 'inner' }, emitsTwo(100));
    hub.subscribe({}, (_, { offset }) => seen[2]?.push(offset));
    hub.emit({}, { topic: 'outer' });
    const expected = Array.from({ length: hub.head }, (_, offset) => offset);
    expect(hub.head).toBe(100);
    for (const offsets of seen) expect(offsets).toEqual(expected);
  });

  test('get the original object also of an event that a callback emitted', async ({ openHub }) => {
    const hub = await openHub();
    const inner = { topic: 'inner' };
    const seen: unknown[] = [];
    hub.subscribe({ topic: 'outer' }, () => void hub.emit(inner));
    hub.subscribe({ topic: 'inner' }, (event) => seen.push(event));
    hub.emit({ topic: 'outer' });
    expect(seen[0]).toBe(inner);
  });
});
