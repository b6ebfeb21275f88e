/** Sockets of the standard interface, which have no pings, no callbacks and no cut: undici's, as a client of a server. */

import { WebSocket as StandardWebSocket } from 'undici';
import { describe, expect, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { expectRun, NO_PAST, test } from './socket-test.js';

const WAIT = { timeout: 20_000, interval: 5 };

/** What a peer of the hub's socket got: the hub sits at the client's end here. */
function collect(socket: WebSocket) {
  const numbers: number[] = [];
  socket.on('message', (data, isBinary) => {
    expect(isBinary).toBe(false);
    numbers.push((JSON.parse(data.toString()) as { event: { n: number } }).event.n);
  });
  return numbers;
}

describe('a WebSocket of the standard interface', () => {
  test('may be attached before it is open, and ends with what stands for 1001', async ({
    openHub,
    serveSockets,
  }) => {
    const hub = await openHub();
    let numbers: number[] = [];
    const closed = vi.fn();
    const { port } = await serveSockets((socket) => {
      numbers = collect(socket);
      socket.on('close', closed);
      socket.send(NO_PAST);
    });
    const socket = new StandardWebSocket(`ws://127.0.0.1:${port}`);
    expect(socket.readyState).toBe(0);
    hub.attachSocket(socket);
    for (let n = 0; n < 1000; n += 1) hub.emit({ n, text: 'ü' });
    await vi.waitFor(() => expect(numbers).toHaveLength(1000), WAIT);
    expectRun(numbers, 0, 1000);
    hub.heartbeat(); // has no ping, and minds not
    await hub.close();
    await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce(), WAIT);
    expect(closed.mock.calls[0]?.[0]).toBe(4001);
  });

  test('that is full waits in the log and goes on when there is room', async ({ openHub, serveSockets }) => {
    const hub = await openHub();
    let peer: WebSocket | undefined;
    let numbers: number[] = [];
    const { port } = await serveSockets((socket) => {
      peer = socket;
      numbers = collect(socket);
    });
    const socket = new StandardWebSocket(`ws://127.0.0.1:${port}`);
    const subscription = hub.attachSocket(socket, {}, { after: -1, maxBufferedBytes: 64 * 1024 });
    await vi.waitFor(() => expect(peer).toBeDefined(), WAIT);
    peer?.pause();
    const padding = 'x'.repeat(1000);
    for (let n = 0; n < 12_000; n += 1) {
      hub.emit({ n, padding });
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(subscription.stats().lagging).toBe(true);
    expect(socket.bufferedAmount).toBeLessThan(1024 * 1024);
    peer?.resume();
    await vi.waitFor(() => expect(numbers).toHaveLength(12_000), WAIT);
    expectRun(numbers, 0, 12_000);
  });

  test('whose peer never answers the close does not keep the hub open', async ({ openHub }) => {
    const hub = await openHub();
    const onClose = vi.fn();
    const listeners = new Map<string, number>();
    const count = (by: number) => (type: string) => {
      listeners.set(type, (listeners.get(type) ?? 0) + by);
    };
    const close = vi.fn();
    const socket = {
      readyState: 1,
      bufferedAmount: 0,
      send: vi.fn(),
      close,
      addEventListener: count(1),
      removeEventListener: count(-1),
    };
    hub.attachSocket(socket, {}, { after: -1, onClose });
    hub.emit({ n: 1 });
    await hub.close();
    expect(socket.send).toHaveBeenCalledOnce();
    expect(close.mock.calls[0]).toEqual([4001, 'going away']);
    expect(onClose).toHaveBeenCalledOnce();
    expect([...listeners.values()]).toEqual([0, 0]);
  });
});
