/** The log as an async iterator: live, and from a place on. */
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';
import { nextGap, nextRecord, takeRecords } from '../support/streams.js';
import { nextTurn } from '../support/waiting.js';

const numbers = (records: readonly { event: unknown }[]) =>
  records.map(({ event }) => (event as { n: number }).n);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('a live stream', () => {
  test('begins with the next event', async ({ openHub }) => {
    const hub = await openHub();
    hub.emit({ n: 0 });
    const stream = hub.stream();
    hub.emit({ topic: 'a', type: 'x', n: 1 });
    expect(await nextRecord(stream)).toEqual({
      offset: 1,
      cursor: hub.cursor(1),
      topic: 'a',
      type: 'x',
      event: { topic: 'a', type: 'x', n: 1 },
      line: '{"topic":"a","type":"x","n":1}',
    });
  });

  test('waits for an event and gets it at once', async ({ openHub }) => {
    const hub = await openHub();
    const stream = hub.stream();
    for (let n = 0; n < 100; n += 1) {
      const next = stream.next();
      if (n % 3 === 0) await nextTurn();
      hub.emit({ n });
      expect((await next).value).toMatchObject({ offset: n });
    }
  });

  test('gives what its filter wants and sleeps through the rest', async ({ openHub }) => {
    const hub = await openHub();
    const ofTopic = hub.stream({ topic: 'a' });
    const ofType = hub.stream({ types: ['y'] });
    const ofNothing = hub.stream({ types: [] });
    const never = ofNothing.next();
    for (let n = 0; n < 60; n += 1) hub.emit({ topic: 'abc'[n % 3], type: 'xy'[n % 2], n });
    expect(numbers(await takeRecords(ofTopic, 20))).toEqual(range(0, 20).map((n) => n * 3));
    expect(numbers(await takeRecords(ofType, 30))).toEqual(range(0, 30).map((n) => n * 2 + 1));
    await ofNothing.return?.();
    expect(await never).toEqual({ done: true, value: undefined });
  });

  test('keeps the filter that it was made with', async ({ openHub }) => {
    const hub = await openHub();
    const filter = { topic: 'a', types: ['x'] };
    const stream = hub.stream(filter);
    filter.topic = 'b';
    filter.types.push('y');
    for (const [topic, type] of ['ax', 'ay', 'bx', 'by', 'ax'].map((name) => [...name])) {
      hub.emit({ topic, type });
    }
    expect((await takeRecords(stream, 2)).map(({ offset }) => offset)).toEqual([0, 4]);
  });

  test('yields another thing than the object emitted: what the line says', async ({ openHub }) => {
    const hub = await openHub();
    const stream = hub.stream();
    hub.emit({ at: new Date(0), gone: undefined });
    expect((await nextRecord(stream)).event).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });

  test('of many kinds run side by side, each at its own pace', async ({ openHub }) => {
    const hub = await openHub();
    const streams = range(0, 50).map((index) =>
      hub.stream(index % 2 === 0 ? {} : { topic: `t${index % 5}` }),
    );
    expect(hub.stats().streams).toBe(50);
    for (let n = 0; n < 100; n += 1) hub.emit({ topic: `t${n % 5}`, n });
    for (const [index, stream] of streams.entries()) {
      const expected = index % 2 === 0 ? range(0, 100) : range(0, 100).filter((n) => n % 5 === index % 5);
      expect(numbers(await takeRecords(stream, expected.length))).toEqual(expected);
    }
  });
});

describe('a stream from a place on', () => {
  test('replays memory and goes on live', async ({ openHub }) => {
    const hub = await openHub();
    for (let n = 0; n < 10; n += 1) hub.emit({ id: `id-${n}`, n });
    for (const after of [6, hub.cursor(6), 'id-6']) {
      const stream = hub.stream({}, { after });
      expect(numbers(await takeRecords(stream, 3))).toEqual([7, 8, 9]);
      const next = nextRecord(stream);
      hub.emit({ n: 'live' });
      expect((await next).event).toEqual({ n: 'live' });
      await stream.return?.();
    }
  });

  test('begins at the beginning after -1', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 3 });
    for (let n = 0; n < 1000; n += 1) hub.emit({ n });
    expect(numbers(await takeRecords(hub.stream({}, { after: -1 }), 1000))).toEqual(range(0, 1000));
  });

  test('finds an id that only the ledger knows', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 3 });
    for (let n = 0; n < 100; n += 1) hub.emit({ id: `id-${n}`, n });
    expect(numbers(await takeRecords(hub.stream({}, { after: 'id-10' }), 5))).toEqual(range(11, 16));
  });
});

describe('a place that is gone', () => {
  test('is told as a gap, and the stream goes on with the oldest that is kept', async ({ openHub }) => {
    const hub = await openHub({ maxEvents: 4 });
    for (let n = 0; n < 10; n += 1) hub.emit({ n });
    for (const after of [2, hub.cursor(2)]) {
      const stream = hub.stream({}, { after });
      expect(await nextGap(stream)).toEqual({
        requested: hub.cursor(2),
        oldest: hub.cursor(6),
        reason: 'expired',
      });
      expect(numbers(await takeRecords(stream, 4))).toEqual([6, 7, 8, 9]);
    }
  });

  test('says why: another log, or never known', async ({ openHub, ledgerPath }) => {
    const other = await openHub();
    for (const hub of [await openHub(), await openHub({ path: ledgerPath })]) {
      hub.emit({ n: 0 });
      const places: [string | number, string, string][] = [
        [other.cursor(0), other.cursor(0), 'epoch'],
        ['no such id', 'no such id', 'unknown'],
        [hub.cursor(1), hub.cursor(1), 'unknown'],
        [5000, hub.cursor(5000), 'unknown'],
      ];
      for (const [after, requested, reason] of places) {
        const stream = hub.stream({}, { after });
        expect(await nextGap(stream)).toEqual({ requested, oldest: hub.cursor(0), reason });
        expect(numbers([await nextRecord(stream)])).toEqual([0]);
      }
    }
  });

  test('may also become so while the stream reads', async ({ openHub }) => {
    const hub = await openHub({ maxEvents: 10 });
    const stream = hub.stream({}, { maxBuffered: 2 });
    for (let n = 0; n < 5; n += 1) hub.emit({ n });
    expect(numbers(await takeRecords(stream, 2))).toEqual([0, 1]);
    for (let n = 5; n < 100; n += 1) hub.emit({ n });
    expect(await nextGap(stream)).toMatchObject({ requested: hub.cursor(1), oldest: hub.cursor(90) });
    expect(numbers(await takeRecords(stream, 10))).toEqual(range(90, 100));
  });
});
