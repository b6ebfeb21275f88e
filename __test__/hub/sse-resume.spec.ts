/** A client that comes back gets what it missed, then what comes: nothing twice, nothing missing. */
import { describe, expect } from 'vitest';
import type { SseClient } from '../support/sse-client.js';
import { test } from '../support/sse-test.js';
import { nextTurn } from '../support/waiting.js';

const numbers = (client: SseClient) => client.events.map(({ data }) => (data as { n: number }).n);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('a resume point', () => {
  test('is taken from the header, the query, or the options, in reverse order of rank', async ({
    openHub,
    serve,
    connect,
  }) => {
    const hub = await openHub();
    for (let n = 0; n < 10; n += 1) hub.emit({ id: `id-${n}`, n });
    const url = await serve((_, res) => void hub.attach(res));
    const fixed = await serve((_, res) => void hub.attach(res, { after: 7 }));
    const at = (n: number) => ({ 'Last-Event-ID': hub.cursor(n) });
    const query = `?lastEventId=${hub.cursor(5)}`;
    const cases: [SseClient, number[]][] = [
      [await connect(url, at(3)), range(4, 10)],
      [await connect(url, { 'Last-Event-ID': 'id-3' }), range(4, 10)],
      [await connect(`${url}${query}`), range(6, 10)],
      [await connect(`${url}?x=1&lastEventId=id-5`), range(6, 10)],
      [await connect(`${url}${query}`, at(3)), range(4, 10)],
      [await connect(`${url}${query}`, { 'Last-Event-ID': '' }), range(6, 10)],
      [await connect(`${fixed}${query}`, at(3)), range(8, 10)],
      [await connect(`${url}?lastEventId=`), []],
      [await connect(url), []],
    ];
    hub.emit({ n: 10 });
    for (const [client, expected] of cases) {
      await client.untilFrames(expected.length + 1);
      expect(numbers(client)).toEqual([...expected, 10]);
    }
  });

  test('given as an option may be an offset, a cursor or an event id', async ({
    openHub,
    serve,
    connect,
  }) => {
    const hub = await openHub();
    for (let n = 0; n < 5; n += 1) hub.emit({ id: `id-${n}`, n });
    for (const after of [2, hub.cursor(2), 'id-2']) {
      const client = await connect(await serve((_, res) => void hub.attach(res, { after })));
      await client.untilFrames(2);
      expect(numbers(client)).toEqual([3, 4]);
    }
  });

  test('keeps to the filter', async ({ openHub, serve, connect, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 20 });
    for (let n = 0; n < 500; n += 1) hub.emit({ topic: `t${n % 5}`, type: `y${n % 2}`, n });
    const url = await serve((_, res) => void hub.attach(res, { topic: 't3', types: ['y1'] }));
    const client = await connect(url, { 'Last-Event-ID': hub.cursor(99) });
    const expected = range(100, 500).filter((n) => n % 5 === 3 && n % 2 === 1);
    await client.untilFrames(expected.length);
    expect(numbers(client)).toEqual(expected);
  });
});

describe('clients that come in the middle of a turn in which events are emitted', () => {
  test('get each event once, from where they asked', async ({ openHub }) => {
    const hub = await openHub({ retryMs: 0 });
    const attach = (after?: number) => {
      const chunks: string[] = [];
      hub.attach(
        { write: (chunk) => chunks.push(String(chunk)) > 0, end() {} },
        after === undefined ? {} : { after },
      );
      return () => [...chunks.join('').matchAll(/^data: (\d+)$/gm)].map(([, n]) => Number(n));
    };
    const clients: [() => number[], number][] = [];
    for (let n = 0; n < 30; n += 1) {
      hub.emit(n);
      if (n % 3 === 0) clients.push([attach(), n + 1]);
      if (n % 4 === 0) clients.push([attach(n - 4), n - 3]);
      if (n % 10 === 9) await nextTurn();
    }
    await nextTurn();
    for (const [data, from] of clients) expect(data()).toEqual(range(Math.max(0, from), 30));
  });
});

describe('a client that comes back', () => {
  test('gets what left memory from the ledger, then memory, then live', async ({
    openHub,
    serve,
    connect,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 100 });
    for (let n = 0; n < 20_000; n += 1) hub.emit({ n, pad: 'x'.repeat(100) });
    const url = await serve((_, res) => void hub.attach(res));
    const client = await connect(url, { 'Last-Event-ID': hub.cursor(0) });
    for (let n = 20_000; n < 20_500; n += 1) hub.emit({ n });
    await client.untilFrames(20_499);
    expect(numbers(client)).toEqual(range(1, 20_500));
  });

  test('misses and repeats nothing while another loop emits as fast as it can', async ({
    openHub,
    serve,
    connect,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 1000 });
    const url = await serve((_, res) => void hub.attach(res));
    const total = 40_000;
    hub.emit({ n: 0 });
    const busy = (async () => {
      while (hub.head < total) {
        for (let burst = 0; burst < 100; burst += 1) hub.emit({ n: hub.head });
        await (hub.pressure ? hub.drained() : nextTurn());
      }
    })();
    const seen: number[] = [];
    for (let last = hub.cursor(0); last !== hub.cursor(hub.head - 1) || hub.head < total; ) {
      const client = await connect(url, { 'Last-Event-ID': last });
      // Bursts go past the total: what is last is known once they are over.
      const isLast = ({ id }: { id?: string } = {}) => hub.head >= total && id === hub.cursor(hub.head - 1);
      await client.until(({ frames }) => frames.length > 700 || isLast(frames.at(-1)));
      client.close(); // wherever it happens to be
      seen.push(...numbers(client));
      last = client.events.at(-1)?.id ?? last;
    }
    await busy;
    expect(seen).toEqual(range(1, hub.head));
  });

  test('goes on after the server was started again with the same ledger', async ({
    openHub,
    serve,
    connect,
    ledgerPath,
  }) => {
    const first = await openHub({ path: ledgerPath });
    const before = await connect(await serve((_, res) => void first.attach(res)));
    for (let n = 0; n < 10; n += 1) first.emit({ n });
    await before.untilFrames(10);
    const cursor = before.events[6]?.id ?? '';
    await first.close();
    await before.ended();

    const second = await openHub({ path: ledgerPath });
    const after = await connect(await serve((_, res) => void second.attach(res)), {
      'Last-Event-ID': cursor,
    });
    second.emit({ n: 10 });
    await after.untilFrames(4);
    expect(numbers(after)).toEqual([7, 8, 9, 10]);
    expect(after.frames.some(({ event }) => event === 'gap')).toBe(false);
  });
});
