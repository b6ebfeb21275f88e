/** Clients that are cut and come back with their last id, while events come as fast as they can. */
import type { EventHub, SseSubscription } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { nextTurn } from '../support/waiting.js';
import type { EventStreamClient, RequestOptions } from './event-stream-client.js';
import { adopted, emitNumbers, test } from './fan-out-test.js';
import { expectNumbers, type Frame } from './frames.js';

type Connect = (port: number, request?: RequestOptions) => EventStreamClient;

/** Reads up to event number `last` through as many connections as it takes, each cut at some frame. */
async function readThrough(connect: Connect, port: number, path: string, last: number, longest: number) {
  const frames: Frame[] = [];
  let cuts = 0;
  let lastId = '';
  for (;;) {
    const client = connect(port, { path, headers: lastId === '' ? {} : { 'Last-Event-ID': lastId } });
    const wanted = 1 + Math.floor(Math.random() * longest);
    const isLast = (frame: Frame | undefined) => frame?.data?.includes(`"n":${last},`) === true;
    await client.until(({ frames }) => frames.length >= wanted || isLast(frames.at(-1)));
    client.socket.resetAndDestroy();
    frames.push(...client.frames);
    lastId = client.frames.at(-1)?.id ?? lastId;
    if (isLast(client.frames.at(-1))) return { frames, cuts };
    cuts += 1;
  }
}

/** Emits in bursts until `count`, without waiting for any reader. */
async function emitAll(hub: EventHub, count: number, fields: (n: number) => object = () => ({})) {
  for (let n = 0; n < count; ) {
    for (let burst = 0; burst < 40 && n < count; burst++, n++) {
      hub.emit({ n, ...fields(n), text: 'x'.repeat(200) });
    }
    if (hub.pressure) await hub.drained();
    await nextTurn();
  }
}

describe('every event once and in order across cuts, at full rate', () => {
  const COUNT = 30_000;

  test.for([
    { from: 'memory', ledger: false, options: {}, longest: 2000 },
    {
      from: 'the ledger',
      ledger: true,
      options: { maxEvents: 100, ringBytes: 1 << 20, maxLineBytes: 4096 },
      longest: 2000,
    },
  ])('from $from', async ({ ledger, options, longest }, { openHub, ledgerPath, serve, connect }) => {
    const hub = await openHub({
      ...options,
      ...(ledger && { path: ledgerPath, durability: 'none' as const }),
    });
    const { port } = await serve((_, res) => {
      hub.attach(res, { transport: 'adopted' });
    });
    hub.emit({ n: -1 });
    // Each begins before the first number: the event with number n has offset n + 1.
    const readers = Array.from({ length: 4 }, () =>
      readThrough(connect, port, `/?lastEventId=${hub.cursor(0)}`, COUNT - 1, longest),
    );
    const [, ...results] = await Promise.all([emitAll(hub, COUNT), ...readers]);
    for (const { frames, cuts } of results) {
      expectNumbers(frames, 0, COUNT);
      expect(cuts).toBeGreaterThan(5);
    }
    expect(hub.stats().fanOut).toMatchObject({ gaps: 0, slow: 0 });
    expect(hub.stats().gaps).toBe(0);
  });

  test('of one topic among others', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const { port } = await serve((req, res) => {
      const topic = new URL(req.url ?? '', 'http://x').searchParams.get('topic') ?? '';
      hub.attach(res, { topic, transport: 'adopted' });
    });
    hub.emit({ n: -1 });
    const readers = ['a', 'b', 'c'].map((topic, index) =>
      readThrough(connect, port, `/?topic=${topic}&lastEventId=${hub.cursor(0)}`, 15_000 - 3 + index, 500),
    );
    const emitting = emitAll(hub, 15_000, (n) => ({ topic: 'abc'[n % 3] }));
    const [, ...results] = await Promise.all([emitting, ...readers]);
    for (const [index, { frames }] of results.entries()) {
      const numbers = frames.map(({ data }) => (JSON.parse(data ?? '') as { n: number }).n);
      expect(numbers).toEqual(Array.from({ length: 5000 }, (_, at) => at * 3 + index));
    }
  });
});

test.for(['disconnect', 'gap', 'coalesce'] as const)(
  'a resume point that only the ledger has is resumed from there (%s)',
  async (onSlow, { openHub, ledgerPath, serve, connect }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 20 });
    let subscription: SseSubscription | undefined;
    const { port } = await serve((_, res) => {
      subscription = hub.attach(res, { onSlow });
    });
    emitNumbers(hub, 0, 2000);
    await hub.flush();
    const client = connect(port, { headers: { 'Last-Event-ID': hub.cursor(99) } });
    await adopted(() => subscription);
    emitNumbers(hub, 2000, 2100);
    await client.untilEvents(2000);
    expect(client.frames.filter(({ event }) => event === 'gap')).toEqual([]);
    expectNumbers(client.events, 100, 2000);
  },
);

test('a resume point that is gone is answered by a gap, then by what is kept', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub({ maxEvents: 20 });
  const { port } = await serve((_, res) => {
    hub.attach(res, { transport: 'adopted' });
  });
  emitNumbers(hub, 0, 100);
  const old = connect(port, { headers: { 'Last-Event-ID': hub.cursor(9) } });
  const foreign = connect(port, { headers: { 'Last-Event-ID': 'zzzzzzzz-9' } });
  const kept = connect(port, { headers: { 'Last-Event-ID': hub.cursor(89) } });
  await kept.untilEvents(10);
  expectNumbers(kept.frames, 90, 10);
  for (const client of [old, foreign]) {
    await client.until(({ events }) => events.at(-1)?.id === hub.cursor(99));
    const [gap, ...rest] = client.frames;
    expect(gap?.event).toBe('gap');
    const { oldest, reason, requested } = JSON.parse(gap?.data ?? '');
    expect({ requested, reason }).toEqual(
      client === old
        ? { requested: hub.cursor(9), reason: 'expired' }
        : { requested: 'zzzzzzzz-9', reason: 'epoch' },
    );
    expect(rest[0]?.id).toBe(oldest);
    expectNumbers(rest, 100 - rest.length, rest.length);
  }
});
