/** SSE connections end: by the client, by the server, with the hub, or before they began. */
import type { ServerResponse } from 'node:http';
import type { SseSubscription } from '@cortex-os/native';
import { describe, expect, vi } from 'vitest';
import { codeOf } from '../support/errors.js';
import { test } from '../support/sse-test.js';
import { Watched } from '../support/waiting.js';

describe('a client that goes', () => {
  test('frees its connection, and is told once', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const closed = new Watched(0);
    const onClose = () => closed.change((count) => count + 1);
    const url = await serve((_, res) => void hub.attach(res, { topic: 'a', onClose }));
    const clients = [await connect(url), await connect(url), await connect(url)];
    expect(hub.stats()).toMatchObject({ connections: 3, topics: 1 });
    clients[0]?.close();
    await closed.until((count) => count === 1);
    expect(hub.stats().connections).toBe(2);
    hub.emit({ topic: 'a' });
    for (const client of clients.slice(1)) await client.untilFrames(1);
    for (const client of clients) client.close();
    await closed.until((count) => count === 3);
    hub.emit({ topic: 'b' });
    expect(hub.stats().connections).toBe(0);
    expect(closed.value).toBe(3);
  });

  test('leaves nothing behind, a thousand times', async ({ openHub }) => {
    const hub = await openHub();
    for (let n = 0; n < 1000; n += 1) {
      const listeners = new Map<string, () => void>();
      const res = {
        write: () => true,
        end: vi.fn(),
        on: (event: string, listener: () => void) => void listeners.set(event, listener),
        removeListener: (event: string) => void listeners.delete(event),
      };
      const connection = hub.attach(res, { topic: `t${n}` });
      listeners.get('close')?.();
      expect(connection.closed).toBe(true);
      expect(res.end).not.toHaveBeenCalled();
      expect([...listeners.keys()]).toEqual(['error']);
    }
    expect(hub.stats()).toMatchObject({ connections: 0, topics: 0 });
  });
});

describe('ending a connection', () => {
  test('ends the response whole, after what was emitted before', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const connections: SseSubscription[] = [];
    const onClose = vi.fn();
    const url = await serve((_, res) => connections.push(hub.attach(res, { onClose })));
    const client = await connect(url);
    hub.emit({ n: 0 });
    await client.untilFrames(1);
    const [connection] = connections;
    expect(connection?.closed).toBe(false);
    connection?.end();
    connection?.end();
    expect(connection?.closed).toBe(true);
    expect((await client.ended()).head?.complete).toBe(true);
    expect(onClose).toHaveBeenCalledTimes(1);
    hub.emit({ n: 1 });
    expect(client.frames).toHaveLength(1);
  });

  test('counts what was written', async ({ openHub }) => {
    const hub = await openHub({ retryMs: 0 });
    const chunks: string[] = [];
    const connection = hub.attach({ write: (chunk) => chunks.push(String(chunk)) > 0, end() {} });
    for (let n = 0; n < 10; n += 1) hub.emit({ n });
    await Promise.resolve();
    expect(connection.stats()).toEqual({ writes: 1, bytes: chunks.join('').length, transport: 'stream' });
    expect(hub.stats().frames).toBe(10);
    const other = hub.attach({ write: () => true, end() {} });
    expect(other.id).not.toBe(connection.id);
  });
});

describe('closing the hub', () => {
  test('ends every response, with all that was emitted', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const url = await serve((_, res) => void hub.attach(res));
    const clients = [await connect(url), await connect(url)];
    for (let n = 0; n < 100; n += 1) hub.emit({ n });
    await hub.close();
    for (const client of clients) {
      const { head, frames } = await client.ended();
      expect(head?.complete).toBe(true);
      expect(frames).toHaveLength(100);
    }
    expect(await codeOf(() => hub.attach({ write: () => true, end() {} }))).toBe('ERR_HUB_CLOSED');
  });

  test('does not wait for a client that does not read', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    await client.pause();
    for (let n = 0; n < 200; n += 1) hub.emit('x'.repeat(100_000));
    await hub.close();
  });

  test('ends a response that is still looking for its resume point', async ({
    openHub,
    serve,
    connect,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 1 });
    for (let n = 0; n < 20_000; n += 1) hub.emit({ n });
    const attached = new Watched(0);
    const url = await serve((_, res) => {
      hub.attach(res, { after: 'an id that nobody has' });
      attached.change((count) => count + 1);
    });
    const client = connect(url);
    await attached.until((count) => count === 1);
    await hub.close();
    await (await client).ended();
  });
});

describe('a response that is over already', () => {
  test('because it was destroyed, is let go at once', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const onClose = vi.fn();
    const done = new Watched(0);
    const url = await serve((_, res) => {
      res.destroy();
      hub.attach(res, { onClose });
      done.change((count) => count + 1);
    });
    void connect(url).catch(() => {});
    await done.until((count) => count === 1);
    expect(hub.stats().connections).toBe(0);
    expect(onClose).toHaveBeenCalledTimes(1);
    hub.emit({});
  });

  test('because it was ended, is let go', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const closed = new Watched(0);
    const url = await serve((_, res) => {
      res.end('over');
      hub.attach(res, { onClose: () => closed.change((count) => count + 1) });
    });
    const client = await connect(url);
    expect((await client.ended()).text).toBe('over');
    await closed.until((count) => count === 1);
    expect(hub.stats().connections).toBe(0);
  });
});

describe('a response that throws', () => {
  test('is let go and reported, and the others get their frames', async ({ openHub }) => {
    const onError = vi.fn();
    const hub = await openHub({ onError });
    const failure = new Error('broken pipe');
    const chunks: string[] = [];
    const good = { write: (chunk: unknown) => chunks.push(String(chunk)) > 0, end() {} };
    let broken = false;
    const bad = {
      write: () => {
        if (broken) throw failure;
        return true;
      },
      end() {},
    };
    hub.attach(good);
    const connection = hub.attach(bad);
    hub.attach(good, { topic: '' });
    broken = true;
    hub.emit({ n: 0 });
    await Promise.resolve();
    hub.emit({ n: 1 });
    await Promise.resolve();
    expect(onError.mock.calls).toEqual([[failure, 'attach']]);
    expect(connection.closed).toBe(true);
    expect(chunks.join('').match(/^data: \{"n":[01]\}$/gm)).toHaveLength(4);
    expect(hub.stats().connections).toBe(2);
  });

  test('when it is attached, tells the caller and leaves nothing behind', async ({ openHub }) => {
    const hub = await openHub();
    const writeHead = () => {
      throw new Error('headers are out');
    };
    expect(() => hub.attach({ write: () => true, end() {}, writeHead })).toThrow('headers are out');
    expect(hub.stats().connections).toBe(0);
  });

  test('in onClose or end() is only reported', async ({ openHub }) => {
    const onError = vi.fn();
    const hub = await openHub({ onError });
    const failure = new Error('not now');
    const fail = () => {
      throw failure;
    };
    hub.attach({ write: () => true, end: fail }, { onClose: fail }).end();
    await hub.close();
    expect(onError.mock.calls).toEqual([
      [failure, 'attach'],
      [failure, 'attach'],
    ]);
  });
});

describe('a response of two methods', () => {
  test('is streamed to without a head, resume point or drain', async ({ openHub }) => {
    const hub = await openHub();
    hub.emit({ n: 0 });
    const chunks: string[] = [];
    const end = vi.fn();
    const res = {
      write: (chunk: string | Uint8Array) => {
        chunks.push(String(chunk));
      },
      end,
    };
    const connection = hub.attach(res, { after: -1 });
    hub.emit({ n: 1 });
    await Promise.resolve();
    expect(chunks.join('')).toBe(
      `retry: 2000\n\nid: ${hub.cursor(0)}\ndata: {"n":0}\n\nid: ${hub.cursor(1)}\ndata: {"n":1}\n\n`,
    );
    connection.end();
    expect(end).toHaveBeenCalledTimes(1);
  });
});

test('an idle timeout of the server does not end a stream', async ({ openHub, serve, connect }) => {
  const hub = await openHub();
  const responses: ServerResponse[] = [];
  const url = await serve((req, res) => {
    req.socket.setTimeout(50, () => req.socket.destroy());
    responses.push(res);
    hub.attach(res);
  });
  const client = await connect(url);
  expect(responses[0]?.socket?.timeout).toBe(0);
  hub.emit({});
  await client.untilFrames(1);
});
