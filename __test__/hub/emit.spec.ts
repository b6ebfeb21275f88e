/** What `emit` returns and what it logs. */
import { readFileSync } from 'node:fs';
import { describe, expect, vi } from 'vitest';
import { thrown } from '../support/errors.js';
import { test } from '../support/hub-test.js';

describe('offsets', () => {
  test('count from 0 and name the event that was emitted', async ({ openHub }) => {
    const hub = await openHub();
    expect(hub.head).toBe(0);
    expect([hub.emit({ n: 0 }), hub.tryEmit({ n: 1 }), await hub.emitDurable({ n: 2 })]).toEqual([0, 1, 2]);
    expect(hub.head).toBe(3);
    expect(hub.readWindow().map(({ offset, event }) => [offset, event])).toEqual([
      [0, { n: 0 }],
      [1, { n: 1 }],
      [2, { n: 2 }],
    ]);
  });

  test('make cursors of the epoch', async ({ openHub }) => {
    const hub = await openHub();
    const offset = hub.emit({});
    expect(hub.epoch).toMatch(/^[0-9a-z]{8}$/);
    expect(hub.cursor(offset)).toBe(`${hub.epoch}-0`);
    expect(hub.readWindow()[0]?.cursor).toBe(hub.cursor(offset));
  });

  test('of two hubs have nothing to do with each other', async ({ openHub }) => {
    const [one, two] = [await openHub(), await openHub()];
    one.emit({});
    expect(two.head).toBe(0);
    expect(two.epoch).not.toBe(one.epoch);
  });
});

describe('topic and type', () => {
  test('are the fields of the event', async ({ openHub }) => {
    const hub = await openHub();
    hub.emit({ topic: 'task-7', type: 'started' });
    expect(hub.readWindow()).toMatchObject([{ topic: 'task-7', type: 'started' }]);
  });

  test('are the fields that the options name', async ({ openHub }) => {
    const hub = await openHub({ topicField: 'taskId', typeField: 'kind' });
    hub.emit({ taskId: 'task-7', kind: 'started', topic: 'no', type: 'no' });
    expect(hub.readWindow()).toMatchObject([{ topic: 'task-7', type: 'started' }]);
  });

  test('given explicitly win over the fields, one by one', async ({ openHub }) => {
    const hub = await openHub();
    hub.emit({ topic: 'a', type: 'b' }, { topic: 'x' });
    hub.emit({ topic: 'a', type: 'b' }, { type: 'y' });
    hub.emit({ topic: 'a', type: 'b' }, { topic: '', type: '' });
    expect(hub.readWindow().map(({ topic, type }) => [topic, type])).toEqual([
      ['x', 'b'],
      ['a', 'y'],
      ['', ''],
    ]);
  });

  test.for([{ topic: 7, type: null }, {}, [], 'text', 7, null, true])(
    'are empty without such a field: %j',
    async (event, { openHub }) => {
      const hub = await openHub();
      hub.emit(event);
      expect(hub.readWindow()).toMatchObject([{ topic: '', type: '', event }]);
    },
  );

  test('may be any text', async ({ openHub }) => {
    const hub = await openHub();
    const names = ['', ' ', 'ü', '日本', '😀', 'a\nb', 'a\0b', '__proto__', 'x'.repeat(10_000)];
    for (const name of names) hub.emit({ topic: name, type: name });
    expect(hub.readWindow().map(({ topic, type }) => [topic, type])).toEqual(
      names.map((name) => [name, name]),
    );
    for (const name of names) expect(hub.readWindow({ topic: name, types: [name] })).toHaveLength(1);
  });
});

describe('the line', () => {
  test('is what JSON.stringify says of the event when it is emitted', async ({ openHub }) => {
    const hub = await openHub();
    const event = {
      at: new Date(0),
      gone: undefined,
      odd: Number.NaN,
      text: '"\\\n\u2028\ud800é😀',
      nested: [{ a: [] }],
    };
    hub.emit(event);
    const line = JSON.stringify(event);
    event.text = 'changed later';
    expect(hub.readWindow()[0]?.line).toBe(line);
    expect(hub.readWindow()[0]?.event).toEqual(JSON.parse(line));
  });

  test('is made once, also for a topic that has to be named again', async ({ openHub }) => {
    const hub = await openHub({ maxEvents: 1 });
    const toJSON = vi.fn(() => ({ topic: 'a' }));
    hub.emit({ topic: 'a', toJSON });
    for (let n = 0; n < 5; n += 1) hub.emit({ topic: 'b' });
    hub.emit({ topic: 'a', toJSON });
    expect(toJSON).toHaveBeenCalledTimes(2);
  });

  test('of an event whose toJSON emits comes after that one', async ({ openHub }) => {
    const hub = await openHub();
    const outer = hub.emit({ toJSON: () => ({ inner: hub.emit({ n: 'inner' }) }) });
    expect(outer).toBe(1);
    expect(hub.readWindow().map(({ event }) => event)).toEqual([{ n: 'inner' }, { inner: 0 }]);
  });

  test('may have any length from one to maxLineBytes', async ({ openHub }) => {
    const hub = await openHub({ ringBytes: 64 * 1024, maxLineBytes: 1000 });
    for (let length = 2; length <= 1000; length += 1) {
      hub.emit('x'.repeat(length - 2));
      expect(hub.readWindow({ limit: 1 })[0]?.line.length).toBe(length);
    }
    hub.emit(7);
    expect(hub.readWindow({ limit: 1 })[0]?.line).toBe('7');
  });

  test('is measured in bytes of UTF-8 and never cut within a character', async ({ openHub }) => {
    const hub = await openHub({ maxLineBytes: 1000 });
    for (const character of ['a', 'é', '語', '😀']) {
      const size = Buffer.byteLength(character);
      for (let bytes = 990; bytes <= 998; bytes += 1) {
        const text = character.repeat(Math.floor(bytes / size)) + 'a'.repeat(bytes % size);
        hub.emit(text);
        expect(hub.readWindow({ limit: 1 })[0]?.event).toBe(text);
      }
      expect(hub.tryEmit(character.repeat(Math.floor(998 / size)) + 'a'.repeat((998 % size) + 1))).toBe(-2);
    }
  });
});

describe('emitLine', () => {
  test('logs the text as it is, with topic and type of its fields', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const lines = ['{"topic":"a","type":"T","n":1.0}', '{ "nested": {"topic":"b"} }', 'not json', ''];
    expect(lines.map((line) => hub.emitLine(line))).toEqual([0, 1, 2, 3]);
    expect(hub.emitLine('{"topic":"a"}', { topic: 'c', type: 'U' })).toBe(4);
    const named = [
      ['a', 'T'],
      ['', ''],
      ['', ''],
      ['', ''],
      ['c', 'U'],
    ];
    expect(hub.readWindow().map(({ topic, type }) => [topic, type])).toEqual(named);
    await hub.close();
    expect(readFileSync(ledgerPath, 'utf8')).toBe([...lines, '{"topic":"a"}', ''].join('\n'));
  });

  test('gives callbacks the event, in the order of offsets', async ({ openHub }) => {
    const hub = await openHub();
    const seen: unknown[] = [];
    hub.subscribe({}, (event, { offset }) => seen.push([offset, event]));
    hub.emit({ n: 0 });
    hub.emitLine('{"n":1}');
    hub.emitLine('no json');
    expect(seen).toEqual([
      [0, { n: 0 }],
      [1, { n: 1 }],
      [2, undefined],
    ]);
  });

  test('refuses what is no line', async ({ openHub }) => {
    const hub = await openHub({ ringBytes: 64 * 1024, maxLineBytes: 256 });
    for (const text of ['{}\n', '{}\n{}', '{"a":"\0"}']) {
      expect(thrown(() => hub.emitLine(text))).toMatchObject({ code: 'ERR_HUB_EVENT_INVALID' });
    }
    expect(thrown(() => hub.emitLine('x'.repeat(257)))).toMatchObject({ code: 'ERR_LOG_LINE_TOO_LARGE' });
    expect(hub.head).toBe(0);
  });
});
