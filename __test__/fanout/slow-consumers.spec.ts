/** Clients that stop reading: what their policy does with them, and that it is nobody else's matter. */
import type { AttachOptions, EventHub, SseSubscription } from '@cortex-os/native';
import { describe, expect, vi } from 'vitest';
import type { EventStreamClient } from './event-stream-client.js';
import { adopted, test as base, connections, WAIT } from './fan-out-test.js';
import { expectNumbers, numberOf, offsetOf } from './frames.js';

const TEXT = 'x'.repeat(60_000);
/** More than the buffers of two sockets and the frames kept for those that lag. */
const MANY = 500;

interface Pair {
  hub: EventHub;
  slow: EventStreamClient;
  steady: EventStreamClient;
  /** Emits events up to this number at the pace of the steady client, while the slow one reads nothing. */
  emitTo(count: number, fields?: (n: number) => object): Promise<void>;
  slowClosed(): boolean;
}

const test = base.extend<{
  /** One client that stops reading after its tenth event, and one that reads on. */
  pair: (hub: EventHub, onSlow: AttachOptions['onSlow'], onGap?: AttachOptions['onGap']) => Promise<Pair>;
}>({
  pair: async ({ serve, connect }, use) => {
    await use(async (hub, onSlow, onGap = 'continue') => {
      const subscriptions: SseSubscription[] = [];
      let closed = false;
      const { port } = await serve((req, res) => {
        // A machine under load may hold up the steady client too: time alone must not cut it, unless that is the test.
        const options: AttachOptions =
          req.url === '/slow'
            ? { onSlow: onSlow ?? 'disconnect', onGap, onClose: () => (closed = true) }
            : { onSlow: onSlow === 'disconnect' ? 'disconnect' : 'gap' };
        subscriptions.push(hub.attach(res, { ...options, transport: 'adopted' }));
      });
      const slow = connect(port, { path: '/slow' });
      await adopted(() => subscriptions[0]);
      const steady = connect(port);
      await adopted(() => subscriptions[1]);
      const emitTo: Pair['emitTo'] = async (count, fields = () => ({})) => {
        for (let n = hub.head; n < count; n = hub.head) {
          if (hub.pressure) await hub.drained();
          hub.emit({ n, text: TEXT, ...fields(n) });
          if (n % 10 === 9) await steady.untilEvents(n + 1);
        }
      };
      await emitTo(10);
      await slow.untilEvents(10);
      slow.socket.pause();
      return { hub, slow, steady, emitTo, slowClosed: () => closed };
    });
  },
});

describe("onSlow: 'disconnect'", () => {
  test('cuts the client whose full socket takes nothing, and only that one', async ({ openHub, pair }) => {
    const hub = await openHub({ stallMs: 1500 });
    const { slow, steady, emitTo, slowClosed } = await pair(hub, 'disconnect');
    await emitTo(MANY);
    await connections(hub, 1);
    expect(slowClosed()).toBe(true);
    expect(hub.stats().fanOut).toMatchObject({ slow: 1, connections: 1 });
    slow.socket.resume();
    await slow.gone();
    expect(slow.ending).toBe('cut');
    expectNumbers(slow.events, 0, slow.events.length); // no hole before the cut: its cursor is where it resumes
    expectNumbers(steady.events, 0, MANY);
  });

  test('cuts the client that falls out of what is kept, where there is no ledger', async ({
    openHub,
    pair,
  }) => {
    const hub = await openHub({ stallMs: 0, maxEvents: 50 });
    const { slow, steady, emitTo, slowClosed } = await pair(hub, 'disconnect');
    await emitTo(MANY);
    // Found out when its socket has room again: now at the latest, sooner where the kernel makes room by itself.
    slow.socket.resume();
    await slow.gone();
    expect(slow.ending).toBe('cut');
    expect(slowClosed()).toBe(true);
    expectNumbers(slow.events, 0, slow.events.length);
    expect(slow.events.length).toBeLessThan(MANY);
    expectNumbers(steady.events, 0, MANY);
    expect(hub.stats().fanOut.slow).toBe(1);
  });

  test('lets the client that reads on have everything, from the ledger', async ({
    openHub,
    ledgerPath,
    pair,
  }) => {
    const hub = await openHub({ path: ledgerPath, stallMs: 0, maxEvents: 50 });
    const { slow, steady, emitTo } = await pair(hub, 'disconnect');
    await emitTo(MANY);
    await vi.waitFor(() => {
      const { lagging, lag } = hub.stats().fanOut;
      expect([lagging, lag > 0 && lag < MANY]).toEqual([1, true]);
    }, WAIT);
    slow.socket.resume();
    await slow.untilEvents(MANY);
    await vi.waitFor(() => expect(hub.stats().fanOut).toMatchObject({ lagging: 0, lag: 0 }), WAIT);
    expectNumbers(slow.events, 0, MANY);
    expectNumbers(steady.events, 0, MANY);
    expect(hub.stats().fanOut).toMatchObject({ slow: 0, gaps: 0, connections: 2 });
    expect(hub.stats().fanOut.catchups).toBeGreaterThan(0);
  });
});

test("onSlow: 'gap' skips to what is kept and says so", async ({ openHub, pair }) => {
  const hub = await openHub({ stallMs: 100, maxEvents: 50 });
  const { slow, steady, emitTo } = await pair(hub, 'gap');
  await emitTo(MANY);
  expect(slow.closed).toBe(false);
  slow.socket.resume();
  await slow.until(({ events }) => events.length > 0 && numberOf(events.at(-1) ?? {}) === MANY - 1);
  expectTold(slow, hub.epoch);
  expect(hub.stats().fanOut).toMatchObject({ slow: 0, connections: 2 });
  expect(hub.stats().fanOut.gaps).toBe(slow.frames.filter(({ event }) => event === 'gap').length);
  // It is a client like any other again.
  await emitTo(MANY + 10);
  await slow.until(({ events }) => numberOf(events.at(-1) ?? {}) === MANY + 9);
  expectTold(slow, hub.epoch);
  expectNumbers(steady.events, 0, MANY + 10);
});

test("behind its gap a slow client with onGap: 'live' gets nothing of what is kept", async ({
  openHub,
  pair,
}) => {
  const maxEvents = 50;
  const hub = await openHub({ stallMs: 100, maxEvents });
  const { slow, steady, emitTo } = await pair(hub, 'gap', 'live');
  await emitTo(MANY);
  slow.socket.resume();
  await slow.until(({ frames }) => frames.some(({ event }) => event === 'gap'));
  await emitTo(MANY + 10);
  await slow.until(({ events }) => numberOf(events.at(-1) ?? {}) === MANY + 9);
  let expected = 0;
  let first: number | undefined; // that an event behind a gap may have
  for (const frame of slow.frames) {
    if (frame.event === 'gap') {
      first = offsetOf({ id: JSON.parse(frame.data ?? '').oldest }) + maxEvents;
    } else {
      if (first === undefined) expect(numberOf(frame)).toBe(expected);
      else expect(numberOf(frame)).toBeGreaterThanOrEqual(first);
      expected = numberOf(frame) + 1;
      first = undefined;
    }
  }
  expectNumbers(steady.events, 0, MANY + 10);
});

test("its gap is the last that a slow client with onGap: 'end' gets", async ({ openHub, pair }) => {
  const hub = await openHub({ stallMs: 100, maxEvents: 50 });
  const { slow, steady, emitTo } = await pair(hub, 'gap', 'end');
  await emitTo(MANY);
  slow.socket.resume();
  await slow.ended();
  await emitTo(MANY + 10);
  expect(slow.ending).toBe('clean');
  expect(slow.frames.at(-1)?.event).toBe('gap');
  expectNumbers(slow.frames.slice(0, -1), 0, slow.frames.length - 1);
  expectNumbers(steady.events, 0, MANY + 10);
});

test("onSlow: 'coalesce' gives the newest of each key, and all that has none", async ({ openHub, pair }) => {
  const keys = 7;
  const hub = await openHub({
    stallMs: 100,
    ringBytes: 64 << 20, // what is coalesced is still kept
    coalesceKey: (event) => (event as { key?: string }).key,
  });
  const { slow, steady, emitTo } = await pair(hub, 'coalesce');
  const unkeyed = (n: number) => n % 50 === 0;
  await emitTo(MANY, (n) => (unkeyed(n) ? { text: 'small' } : { key: `k${n % keys}` }));
  slow.socket.resume();
  await slow.until(({ events }) => events.some((frame) => numberOf(frame) === MANY - 1));
  const numbers = slow.events.map(numberOf);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(numbers.length).toBeLessThan(MANY);
  expect(hub.stats().fanOut.coalesced).toBe(MANY - numbers.length);
  for (let n = MANY - keys; n < MANY; n++) expect(numbers).toContain(n);
  const all = Array.from({ length: MANY }, (_, n) => n).filter((n) => n >= 10 && unkeyed(n));
  expect(numbers.filter((n) => n >= 10 && unkeyed(n))).toEqual(all);
  expectNumbers(steady.events, 0, MANY);
});

test('many that do not read delay none of those that do', async ({ openHub, serve, connect }) => {
  const hub = await openHub({ stallMs: 2000 });
  const { port } = await serve((_, res) => {
    hub.attach(res, { transport: 'adopted' });
  });
  const deaf = Array.from({ length: 10 }, () => connect(port));
  for (const client of deaf) client.socket.pause();
  const readers = Array.from({ length: 10 }, () => connect(port));
  await connections(hub, 20);
  await expect.poll(() => hub.stats().fanOut.connections, WAIT).toBe(20);
  for (let n = 0; n < MANY; n++) {
    hub.emit({ n, text: TEXT });
    if (n % 20 === 19) for (const reader of readers) await reader.untilEvents(n + 1);
  }
  await connections(hub, 10);
  for (const reader of readers) expectNumbers(reader.events, 0, MANY);
  expect(hub.stats().fanOut.slow).toBe(10);
});

/** Numbers go up by one, except behind a gap, which names what is missing. */
function expectTold(client: EventStreamClient, epoch: string): void {
  let expected = 0;
  let gaps = 0;
  for (const frame of client.frames) {
    if (frame.event === 'gap') {
      const gap = JSON.parse(frame.data ?? '');
      expect(gap).toMatchObject({ reason: 'expired', requested: `${epoch}-${expected - 1}` });
      expected = offsetOf({ id: gap.oldest });
      gaps += 1;
    } else {
      expect(numberOf(frame)).toBe(expected);
      expected += 1;
    }
  }
  expect(gaps).toBeGreaterThan(0);
}
