/** Old events: which ones `read` and `readWindow` give. */

import type { EventHub, EventRecord } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { codeOf, thrown } from '../support/errors.js';
import { test } from '../support/hub-test.js';

const offsets = (records: readonly EventRecord[]) => records.map(({ offset }) => offset);

/** Ten events, alternating topics `a` and `b`, of types x, y, z in turn. */
function emitTen(hub: EventHub): void {
  for (let n = 0; n < 10; n += 1) {
    hub.emit({ id: `id-${n}`, topic: n % 2 === 0 ? 'a' : 'b', type: 'xyz'[n % 3], n });
  }
}

describe('without a place to begin', () => {
  test('are the newest that the limit allows, oldest first', async ({ openHub }) => {
    const hub = await openHub();
    emitTen(hub);
    expect(offsets(await hub.read())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(offsets(await hub.read({ limit: 3 }))).toEqual([7, 8, 9]);
    expect(offsets(await hub.read({ before: 5, limit: 2 }))).toEqual([3, 4]);
    expect(offsets(await hub.read({ topic: 'a', limit: 2 }))).toEqual([6, 8]);
    expect(offsets(await hub.read({ limit: 0 }))).toEqual([]);
  });

  test('are at most 1,000 unless told otherwise', async ({ openHub }) => {
    const hub = await openHub();
    for (let n = 0; n < 1500; n += 1) hub.emit({ n });
    expect(offsets(await hub.read())).toEqual(Array.from({ length: 1000 }, (_, n) => n + 500));
    expect(await hub.read({ limit: Number.POSITIVE_INFINITY })).toHaveLength(1500);
    expect(hub.readWindow()).toHaveLength(1000);
  });
});

describe('after a place', () => {
  test('are the oldest that the limit allows', async ({ openHub }) => {
    const hub = await openHub();
    emitTen(hub);
    expect(offsets(await hub.read({ after: -1, limit: 3 }))).toEqual([0, 1, 2]);
    expect(offsets(await hub.read({ after: 4, limit: 3 }))).toEqual([5, 6, 7]);
    expect(offsets(await hub.read({ after: 4, before: 7 }))).toEqual([5, 6]);
    expect(offsets(await hub.read({ after: 9 }))).toEqual([]);
    expect(offsets(await hub.read({ after: 900 }))).toEqual([]);
    expect(offsets(await hub.read({ after: 5, before: 3 }))).toEqual([]);
  });

  test('which is an offset, a cursor or an event id', async ({ openHub }) => {
    const hub = await openHub();
    emitTen(hub);
    for (const after of [4, hub.cursor(4), 'id-4']) {
      for (const before of [8, hub.cursor(8), 'id-8']) {
        expect(offsets(await hub.read({ after, before }))).toEqual([5, 6, 7]);
        expect(offsets(hub.readWindow({ after, before }))).toEqual([5, 6, 7]);
      }
    }
  });

  test('which may be an id of any text in the field that the options name', async ({ openHub }) => {
    const hub = await openHub({ idField: 'key' });
    const ids = ['plain', '', '"quoted"', 'back\\slash', 'ü😀', 'a\nb', '7', `${hub.epoch}-x`];
    for (const key of ids) hub.emit({ key, id: 'not this one' });
    for (const [offset, id] of ids.entries()) expect(hub.find(id)).toBe(offset);
    expect(hub.find('not this one')).toBeUndefined();
    expect(hub.find('never')).toBeUndefined();
  });

  test('is the newest event where an id was used twice', async ({ openHub }) => {
    const hub = await openHub();
    for (const id of ['one', 'two', 'one', 'three']) hub.emit({ id });
    expect(hub.find('one')).toBe(2);
    expect(offsets(await hub.read({ after: 'one' }))).toEqual([3]);
  });
});

describe('a filter', () => {
  test('wants a topic, types, both, or nothing', async ({ openHub }) => {
    const hub = await openHub();
    emitTen(hub);
    for (const read of [hub.read.bind(hub), hub.readWindow.bind(hub)]) {
      expect(offsets(await read({ topic: 'b' }))).toEqual([1, 3, 5, 7, 9]);
      expect(offsets(await read({ types: ['y'] }))).toEqual([1, 4, 7]);
      expect(offsets(await read({ types: ['x', 'z'], topic: 'b' }))).toEqual([3, 5, 9]);
      expect(offsets(await read({ types: [] }))).toEqual([]);
      expect(offsets(await read({ types: ['never'] }))).toEqual([]);
      expect(offsets(await read({ topic: 'never' }))).toEqual([]);
      expect(offsets(await read({ topic: 'b', after: 3, limit: 2 }))).toEqual([5, 7]);
    }
  });

  test('that is only read with leaves nothing behind', async ({ openHub }) => {
    const hub = await openHub();
    for (let n = 0; n < 5000; n += 1) hub.readWindow({ topic: `asked for ${n}` });
    expect(hub.stats().topics).toBe(0);
  });
});

describe('a place that is not there', () => {
  test('is refused when it is no cursor and no id, or of another log', async ({ openHub }) => {
    const [hub, other] = [await openHub(), await openHub()];
    emitTen(hub);
    for (const place of ['never', '', '5', `${hub.epoch}-10`, `${hub.epoch}-007`, other.cursor(0)]) {
      for (const query of [{ after: place }, { before: place }]) {
        const error = thrown(() => hub.readWindow(query));
        expect(error).toMatchObject({
          code: 'ERR_LOG_CURSOR_INVALID',
          fields: { cursor: place, epoch: hub.epoch },
        });
        await expect(hub.read(query)).rejects.toMatchObject({ code: 'ERR_LOG_CURSOR_INVALID' });
      }
    }
  });

  test('is refused when what comes after it was forgotten, but not by readWindow', async ({ openHub }) => {
    const hub = await openHub({ maxEvents: 4 });
    emitTen(hub);
    for (const after of [2, hub.cursor(2)]) {
      await expect(hub.read({ after })).rejects.toMatchObject({
        code: 'ERR_LOG_CURSOR_EXPIRED',
        fields: { cursor: hub.cursor(2), oldest: hub.cursor(6) },
      });
      expect(offsets(hub.readWindow({ after }))).toEqual([6, 7, 8, 9]);
    }
    expect(offsets(await hub.read({ after: 5 }))).toEqual([6, 7, 8, 9]);
    expect(offsets(await hub.read())).toEqual([6, 7, 8, 9]);
    expect(await codeOf(() => hub.read({ after: 'id-2' }))).toBe('ERR_LOG_CURSOR_INVALID');
  });

  test('is judged by the topic that is read', async ({ openHub }) => {
    const hub = await openHub({ maxEvents: 10 });
    hub.emit({ topic: 'quiet' });
    for (let n = 0; n < 9; n += 1) hub.emit({ topic: 'busy' });
    hub.emit({ topic: 'quiet' });
    // Event 0 is gone, event 10 is there: nothing of this topic is missing after 0.
    expect(offsets(await hub.read({ topic: 'quiet', after: 0 }))).toEqual([10]);
    expect(await codeOf(() => hub.read({ topic: 'quiet', after: -1 }))).toBe('ERR_LOG_CURSOR_EXPIRED');
  });
});
