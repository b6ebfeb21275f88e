/** What travels over a WebSocket, and what ends it. */
import { writeFile } from 'node:fs/promises';
import type { SocketSubscription } from '@cortex-os/native';
import { describe, expect, vi } from 'vitest';
import { codeOf } from '../support/errors.js';
import { test } from './socket-test.js';

const WAIT = { timeout: 20_000, interval: 5 };

describe('a message', () => {
  test('carries cursor, topic, type and the event', async ({ openHub, serveSockets, connectSocket }) => {
    const hub = await openHub();
    const { port } = await serveSockets((socket) => hub.attachSocket(socket));
    const client = connectSocket(port);
    await client.opened();
    const event = { topic: 'a "quoted" topic', type: 'paid', text: 'Grüße, 世界 \u2028 \ud800' };
    const offset = hub.emit(event);
    hub.emit('a bare string', { topic: 't' });
    await client.untilMessages(2);
    expect(client.messages).toEqual([
      { cursor: hub.cursor(offset), topic: event.topic, type: 'paid', event },
      { cursor: hub.cursor(offset + 1), topic: 't', type: '', event: 'a bare string' },
    ]);
  });

  test('has the line as it was logged, or says that it is no JSON', async ({
    openHub,
    ledgerPath,
    serveSockets,
    connectSocket,
  }) => {
    const odd = '{ "topic":"a",  "n": 1.0e0 }';
    await writeFile(ledgerPath, `${odd}\n{"topic":"a", oops\n{"topic":"a","n":2}\n`);
    const hub = await openHub({ path: ledgerPath });
    const { port } = await serveSockets((socket) => hub.attachSocket(socket, {}, { after: -1 }));
    const client = connectSocket(port);
    await client.untilMessages(3);
    expect(client.seen.value.texts[0]).toContain(`"event":${odd}}`);
    expect(client.messages[1]).toMatchObject({ event: null, line: '{"topic":"a", oops' });
    expect(client.messages[2]).toMatchObject({ event: { n: 2 } });
  });

  test('goes to whom it concerns', async ({ openHub, serveSockets, connectSocket }) => {
    const hub = await openHub();
    const filters = [{ topic: 'a' }, { topics: ['a', 'b'] }, { types: ['x'] }, {}, { types: [] }];
    const { port } = await serveSockets((socket) => hub.attachSocket(socket, filters.shift(), { after: -1 }));
    const clients = [];
    for (let n = 0; n < 5; n += 1) {
      const client = connectSocket(port);
      await client.opened();
      clients.push(client);
    }
    await vi.waitFor(() => expect(hub.stats().sockets.connections).toBe(5), WAIT);
    for (const [n, [topic, type]] of ['ax', 'ay', 'bx', 'by', 'cx'].entries()) hub.emit({ topic, type, n });
    await hub.close();
    await Promise.all(clients.map((client) => client.ended()));
    expect(clients.map(({ numbers }) => numbers)).toEqual([
      [0, 1],
      [0, 1, 2, 3],
      [0, 2, 4],
      [0, 1, 2, 3, 4],
      [],
    ]);
  });

  test('follows topics that come and go', async ({ openHub, serveSockets, connectSocket }) => {
    const hub = await openHub();
    let subscription: SocketSubscription | undefined;
    const { port } = await serveSockets((socket) => {
      subscription = hub.attachSocket(socket, { topics: ['a'] }, { after: hub.head - 1 });
    });
    const client = connectSocket(port);
    await vi.waitFor(() => expect(subscription).toBeDefined(), WAIT);
    const emit = (topic: string, n: number) => hub.emit({ topic, n });
    emit('a', 0);
    emit('b', 1);
    subscription?.setTopic('b', true);
    emit('b', 2);
    emit('a', 3);
    subscription?.setTopic('a', false);
    emit('a', 4);
    emit('b', 5);
    await client.untilMessages(4);
    expect(client.numbers).toEqual([0, 2, 3, 5]);
    const { port: ofAll } = await serveSockets((socket) => {
      subscription = hub.attachSocket(socket);
    });
    await connectSocket(ofAll).opened();
    await vi.waitFor(() => expect(hub.stats().sockets.connections).toBe(2), WAIT);
    expect(await codeOf(() => subscription?.setTopic('a', true))).toBe('ERR_HUB_OPTION_INVALID');
  });
});

describe('a socket', () => {
  test('is closed with 1001 by the hub, behind everything it has to get', async ({
    openHub,
    serveSockets,
    connectSocket,
  }) => {
    const hub = await openHub();
    const { port } = await serveSockets((socket) => hub.attachSocket(socket, {}, { after: -1 }));
    const client = connectSocket(port);
    await vi.waitFor(() => expect(hub.stats().sockets.connections).toBe(1), WAIT);
    for (let n = 0; n < 100; n += 1) hub.emit({ n });
    await hub.close();
    expect(await client.ended()).toEqual({ code: 1001, reason: 'going away' });
    expect(client.numbers).toHaveLength(100);
  });

  test('is ended by its subscription, with a code', async ({ openHub, serveSockets, connectSocket }) => {
    const hub = await openHub();
    const onClose = vi.fn();
    const subscriptions: SocketSubscription[] = [];
    const { port } = await serveSockets((socket) => {
      subscriptions.push(hub.attachSocket(socket, {}, { onClose }));
    });
    const [plain, coded] = [connectSocket(port), connectSocket(port)];
    await vi.waitFor(() => expect(subscriptions).toHaveLength(2), WAIT);
    const [first, second] = subscriptions;
    first?.end();
    first?.end();
    second?.end(4001, 'enough');
    expect(first?.closed).toBe(true);
    const ends = await Promise.all([plain.ended(), coded.ended()]);
    expect(ends.map((end) => end?.code).sort()).toEqual([1000, 4001]);
    await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(2), WAIT);
    expect(hub.stats().sockets.connections).toBe(0);
  });

  test('keeps no listener of the hub, and the hub nothing of it', async ({
    openHub,
    serveSockets,
    connectSocket,
  }) => {
    const hub = await openHub({ heartbeatMs: 0 });
    const listeners: number[] = [];
    const closed = vi.fn();
    const { port } = await serveSockets((socket) => {
      const count = () => socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0);
      const before = count();
      hub.attachSocket(socket, {}, { onClose: () => closed(before, count()) });
      listeners.push(count() - before);
    });
    for (let round = 0; round < 3; round += 1) {
      const client = connectSocket(port);
      await client.opened();
      await vi.waitFor(() => expect(listeners).toHaveLength(round + 1), WAIT);
      if (round === 0) client.socket.close();
      if (round === 1) client.socket.terminate();
      // A frame that no client may send: 'error', then 'close'.
      if (round === 2) (client.socket as unknown as { _socket: NodeJS.WritableStream })._socket.write('zz');
      await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(round + 1), WAIT);
    }
    for (const [before, after] of closed.mock.calls) expect(after).toBe(before);
    expect(hub.stats().sockets.connections).toBe(0);
    expect(listeners.every((count) => count > 0)).toBe(true);
  });

  test('that is closed already ends at once', async ({ openHub, serveSockets, connectSocket }) => {
    const hub = await openHub();
    const onClose = vi.fn();
    const { port } = await serveSockets((socket) => {
      socket.once('close', () => hub.attachSocket(socket, {}, { onClose }));
      socket.close();
    });
    await connectSocket(port).ended();
    await vi.waitFor(() => expect(onClose).toHaveBeenCalledOnce(), WAIT);
    expect(hub.stats().sockets.connections).toBe(0);
  });

  test('is pinged', async ({ openHub, serveSockets, connectSocket }) => {
    const hub = await openHub({ heartbeatMs: 0 });
    const { port } = await serveSockets((socket) => hub.attachSocket(socket));
    const client = connectSocket(port);
    await vi.waitFor(() => expect(hub.stats().sockets.connections).toBe(1), WAIT);
    hub.heartbeat();
    await client.seen.until(({ pings }) => pings === 1);
    const timed = await openHub({ heartbeatMs: 16 });
    const { port: other } = await serveSockets((socket) => timed.attachSocket(socket));
    await connectSocket(other).seen.until(({ pings }) => pings >= 2);
  });

  test('and its options are checked', async ({ openHub, serveSockets, connectSocket }) => {
    const hub = await openHub();
    const { port, server } = await serveSockets(() => {});
    connectSocket(port);
    await vi.waitFor(() => expect(server.clients.size).toBe(1), WAIT);
    const [socket] = server.clients;
    const attach = (...args: unknown[]) => codeOf(() => hub.attachSocket(...(args as [never, never, never])));
    expect(await attach({ send() {} })).toBe('ERR_HUB_OPTION_INVALID');
    expect(await attach(socket, { topic: 7 })).toBe('ERR_HUB_OPTION_INVALID');
    expect(await attach(socket, {}, { onSlow: 'hurry' })).toBe('ERR_HUB_OPTION_INVALID');
    await hub.close();
    expect(await attach(socket)).toBe('ERR_HUB_CLOSED');
  });
});
