/** Clients that do not read: what they cost, and what becomes of them. */

import type { SocketSubscription } from '@cortex-os/native';
import { describe, expect, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { expectRun, test } from './socket-test.js';

const WAIT = { timeout: 20_000, interval: 5 };
const MIB = 1024 * 1024;
const BOUND = 128 * 1024;
const LINE_BYTES = 2000;
/** Far more than the kernel buffers for a socket of the loopback interface. */
const FLOOD = 12_000;

const PADDING = 'x'.repeat(LINE_BYTES);

/** Emits without ever letting the ledger's ring run full. */
async function flood(
  hub: { tryEmit(event: unknown): number; drained(): Promise<void> },
  from: number,
  to: number,
) {
  for (let n = from; n < to; n += 1) {
    while (hub.tryEmit({ n, key: `k${n % 10}`, padding: PADDING }) < 0) await hub.drained();
    if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a client that stops reading', () => {
  test('costs a bound, delays nobody, and reads on from the ledger when it returns', async ({
    openHub,
    ledgerPath,
    serveSockets,
    connectSocket,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 1000, ringBytes: 4 * MIB });
    const served: { socket: WebSocket; subscription: SocketSubscription }[] = [];
    const { port } = await serveSockets((socket) => {
      const subscription = hub.attachSocket(socket, {}, { after: -1, maxBufferedBytes: BOUND });
      served.push({ socket, subscription });
    });
    const slow = connectSocket(port);
    await slow.opened();
    await vi.waitFor(() => expect(served).toHaveLength(1), WAIT);
    const quick = connectSocket(port);
    await quick.opened();
    slow.socket.pause();
    await flood(hub, 0, FLOOD);
    await quick.untilMessages(FLOOD);
    expectRun(quick.numbers, 0, FLOOD);
    const page = 2 * 64 * 1024 + 64 * (LINE_BYTES + 200);
    expect(served[0]?.socket.bufferedAmount).toBeLessThanOrEqual(BOUND + page);
    expect(served[0]?.subscription.stats().lagging).toBe(true);
    slow.socket.resume();
    await slow.untilMessages(FLOOD);
    expectRun(slow.numbers, 0, FLOOD);
    await vi.waitFor(() => expect(served[0]?.subscription.stats().lagging).toBe(false), WAIT);
    expect(hub.stats().sockets).toMatchObject({ gaps: 0, slow: 0, messages: 2 * FLOOD });
  });

  test('is told of the gap where nothing is kept for it', async ({
    openHub,
    serveSockets,
    connectSocket,
  }) => {
    const hub = await openHub({ maxEvents: 100 });
    const { port } = await serveSockets((socket) =>
      hub.attachSocket(socket, {}, { after: -1, maxBufferedBytes: BOUND, onSlow: 'gap' }),
    );
    const client = connectSocket(port);
    await client.opened();
    await vi.waitFor(() => expect(hub.stats().sockets.connections).toBe(1), WAIT);
    client.socket.pause();
    await flood(hub, 0, FLOOD);
    client.socket.resume();
    await client.seen.until(({ texts }) => texts.at(-1)?.includes(`"n":${FLOOD - 1},`) === true);
    const at = client.messages.findIndex((message) => 'gap' in message);
    const numbers = client.numbers;
    expectRun(numbers.slice(0, at), 0, at);
    expectRun(numbers.slice(at), FLOOD - 100, 100);
    expect(client.messages[at]).toEqual({
      gap: { requested: hub.cursor(at - 1), oldest: hub.cursor(FLOOD - 100), reason: 'expired' },
    });
  });

  test('is cut when it takes nothing for stallMs, and only it', async ({
    openHub,
    serveSockets,
    connectSocket,
  }) => {
    const hub = await openHub({ stallMs: 1500 });
    const { port } = await serveSockets((socket) => hub.attachSocket(socket, {}, { after: -1 }));
    const [slow, quick] = [connectSocket(port), connectSocket(port)];
    await Promise.all([slow.opened(), quick.opened()]);
    await vi.waitFor(() => expect(hub.stats().sockets.connections).toBe(2), WAIT);
    slow.socket.pause();
    await flood(hub, 0, FLOOD);
    await quick.untilMessages(FLOOD);
    await vi.waitFor(() => expect(hub.stats().sockets).toMatchObject({ connections: 1, slow: 1 }), WAIT);
    slow.socket.resume();
    expect((await slow.ended())?.code).toBe(1006);
    expectRun(slow.numbers, 0, slow.numbers.length);
  });

  test('is not cut for the time that this thread was busy', async ({ openHub }) => {
    const hub = await openHub({ stallMs: 400 });
    const socket = {
      readyState: 1,
      bufferedAmount: MIB,
      send: vi.fn(),
      close: vi.fn(),
      addEventListener() {},
      removeEventListener() {},
    };
    hub.attachSocket(socket, {}, { after: -1 });
    hub.emit({ n: 0 });
    await vi.waitFor(() => expect(socket.send).toHaveBeenCalledOnce(), WAIT);
    for (const end = performance.now() + 1200; performance.now() < end; );
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(socket.close).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(socket.close).toHaveBeenCalledOnce(), WAIT);
    expect(hub.stats().sockets.slow).toBe(1);
  });

  test('gets the last event of each key with onSlow: coalesce', async ({
    openHub,
    serveSockets,
    connectSocket,
  }) => {
    const hub = await openHub({ coalesceKey: (event) => (event as { key: string }).key });
    const { port } = await serveSockets((socket) =>
      hub.attachSocket(socket, {}, { after: -1, onSlow: 'coalesce', maxBufferedBytes: BOUND }),
    );
    const client = connectSocket(port);
    await client.opened();
    await vi.waitFor(() => expect(hub.stats().sockets.connections).toBe(1), WAIT);
    client.socket.pause();
    await flood(hub, 0, 6000);
    client.socket.resume();
    await client.seen.until(({ texts }) => texts.at(-1)?.includes('"n":5999,') === true);
    const { numbers } = client;
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers);
    expect(numbers.slice(-10)).toEqual([5990, 5991, 5992, 5993, 5994, 5995, 5996, 5997, 5998, 5999]);
    expect(numbers.length).toBeLessThan(6000);
  });
});
