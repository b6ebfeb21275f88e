/** How streams end, and what several callers of one get. */
import { renameSync } from 'node:fs';
import { describe, expect, vi } from 'vitest';
import { codeOf } from '../support/errors.js';
import { test } from '../support/hub-test.js';
import { takeRecords } from '../support/streams.js';
import { nextTurn } from '../support/waiting.js';

const DONE = { done: true, value: undefined };

describe('an AbortSignal', () => {
  test('that is aborted already ends the stream at once', async ({ openHub }) => {
    const hub = await openHub();
    hub.emit({});
    const stream = hub.stream({}, { after: -1, signal: AbortSignal.abort() });
    expect(await stream.next()).toEqual(DONE);
    expect(hub.stats().streams).toBe(0);
  });

  test('ends a stream that waits, without an error', async ({ openHub }) => {
    const hub = await openHub();
    const abort = new AbortController();
    const stream = hub.stream({}, { signal: abort.signal });
    const next = stream.next();
    await nextTurn();
    abort.abort();
    expect(await next).toEqual(DONE);
    hub.emit({});
    expect(await stream.next()).toEqual(DONE);
  });

  test('ends a stream that reads the ledger', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 1 });
    for (let n = 0; n < 5000; n += 1) hub.emit({ n });
    const abort = new AbortController();
    const stream = hub.stream({}, { after: 'not there', signal: abort.signal });
    const next = stream.next();
    abort.abort();
    expect(await next).toEqual(DONE);
    expect(hub.stats()).toMatchObject({ streams: 0, topics: 1 });
  });

  test('keeps nothing alive once its stream has ended', async ({ openHub }) => {
    const hub = await openHub();
    const abort = new AbortController();
    const { signal } = abort;
    const spies = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    for (let n = 0; n < 10; n += 1) await hub.stream({}, { signal }).return?.();
    const [added, removed] = spies.map((spy) => spy.mock.calls.map(([name, listener]) => [name, listener]));
    expect(added).toHaveLength(10);
    expect(removed).toEqual(added);
  });
});

describe('leaving', () => {
  test('a loop ends the stream', async ({ openHub }) => {
    const hub = await openHub();
    for (let n = 0; n < 10; n += 1) hub.emit({ n });
    for await (const item of hub.stream({}, { after: -1 })) {
      if ('event' in item && item.offset === 3) break;
    }
    expect(hub.stats().streams).toBe(0);
  });

  test('by return() drops what was read ahead and answers who waits', async ({ openHub }) => {
    const hub = await openHub();
    for (let n = 0; n < 10; n += 1) hub.emit({ n });
    const stream = hub.stream({}, { after: -1 });
    await takeRecords(stream, 2);
    expect(await stream.return?.()).toEqual(DONE);
    expect(await stream.next()).toEqual(DONE);
    expect(await stream.return?.()).toEqual(DONE);

    const waiting = hub.stream();
    const nexts = [waiting.next(), waiting.next(), waiting.next()];
    await nextTurn();
    await waiting.return?.();
    expect(await Promise.all(nexts)).toEqual([DONE, DONE, DONE]);
  });

  test('leaves no filter behind', async ({ openHub }) => {
    const hub = await openHub();
    for (let n = 0; n < 3000; n += 1) await hub.stream({ topic: `t${n}` }).return?.();
    expect(hub.stats()).toMatchObject({ streams: 0, topics: 0 });
  });
});

describe('closing the hub', () => {
  test('ends its streams, also those that wait, and refuses new ones', async ({ openHub }) => {
    const hub = await openHub();
    const streams = [hub.stream(), hub.stream({ topic: 'a' }), hub.stream({}, { after: 'nobody' })];
    await streams[2]?.next();
    const nexts = streams.map((stream) => stream.next());
    await nextTurn();
    await hub.close();
    expect(await Promise.all(nexts)).toEqual([DONE, DONE, DONE]);
    expect(await codeOf(() => hub.stream())).toBe('ERR_HUB_CLOSED');
  });

  test('while a stream reads the ledger ends that one too', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 1 });
    for (let n = 0; n < 20_000; n += 1) hub.emit({ n });
    const next = hub.stream({}, { after: -1 }).next();
    await hub.close();
    expect(await next).toEqual(DONE);
  });
});

describe('several calls of next() at once', () => {
  test('are answered in order', async ({ openHub }) => {
    const hub = await openHub();
    const stream = hub.stream();
    const nexts = Array.from({ length: 20 }, () => stream.next());
    for (let n = 0; n < 10; n += 1) hub.emit({ n });
    await nextTurn();
    for (let n = 10; n < 20; n += 1) hub.emit({ n });
    const items = await Promise.all(nexts);
    expect(items.map(({ value }) => value && 'offset' in value && value.offset)).toEqual([
      ...Array(20).keys(),
    ]);
  });
});

describe('a failure', () => {
  test('to read the ledger is thrown once, and the stream can be left', async ({
    openHub,
    ledgerPath,
    folder,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 5 });
    for (let n = 0; n < 100; n += 1) hub.emit({ n });
    await hub.flush();
    renameSync(ledgerPath, `${folder}/away`);
    const stream = hub.stream({}, { after: 0 });
    expect(await codeOf(() => stream.next())).toBe('ERR_LEDGER_READ');
    renameSync(`${folder}/away`, ledgerPath);
    expect((await takeRecords(stream, 99)).at(-1)?.offset).toBe(99);
  });

  test('to find the resume point is thrown, and the stream still begins there', async ({
    openHub,
    ledgerPath,
    folder,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 5 });
    for (let n = 0; n < 100; n += 1) hub.emit({ id: `id-${n}` });
    await hub.flush();
    renameSync(ledgerPath, `${folder}/away`);
    const stream = hub.stream({}, { after: 'id-3' });
    expect(await codeOf(() => stream.next())).toBe('ERR_LEDGER_READ');
    renameSync(`${folder}/away`, ledgerPath);
    expect((await takeRecords(stream, 2)).map(({ offset }) => offset)).toEqual([4, 5]);
  });
});
