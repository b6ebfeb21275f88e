/** Heartbeats: comments that keep proxies from closing an idle stream. */
import type { EventHub } from '@cortex-os/native';
import { afterEach, describe, expect, vi } from 'vitest';
import { test } from '../support/sse-test.js';

/** A response that only counts what it is given. */
function attachBare(hub: EventHub): string[] {
  const chunks: string[] = [];
  hub.attach({ write: (chunk) => chunks.push(String(chunk)) > 0, end() {} });
  return chunks;
}

const beats = (chunks: readonly string[], frame = ':\n\n') =>
  chunks.filter((chunk) => chunk === frame).length;

afterEach(() => {
  vi.useRealTimers();
});

describe('heartbeat()', () => {
  test('writes one comment to every stream, which a client does not see as an event', async ({
    openHub,
    serve,
    connect,
  }) => {
    const hub = await openHub({ heartbeatMs: 0 });
    const url = await serve((_, res) => void hub.attach(res));
    const clients = [await connect(url), await connect(url), await connect(url)];
    hub.heartbeat();
    hub.emit({ n: 0 });
    hub.heartbeat();
    for (const client of clients) {
      // A comment has no place among the events: the second may well overtake the one before it.
      const { comments } = await client.until((got) => got.comments.length + got.frames.length === 3);
      expect(comments).toEqual(['', '']);
    }
  });

  test('writes the frame that the options give', async ({ openHub, serve, connect }) => {
    const hub = await openHub({ heartbeatMs: 0, heartbeatFrame: 'event: ping\ndata: {}\n\n' });
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    hub.heartbeat();
    expect(await client.untilFrames(1)).toEqual([{ event: 'ping', data: '{}' }]);
  });

  test('does not count as a frame', async ({ openHub }) => {
    const hub = await openHub({ heartbeatMs: 0 });
    attachBare(hub);
    hub.heartbeat();
    expect(hub.stats().frames).toBe(0);
  });
});

describe('the heartbeat timer', () => {
  test('reaches every connection once per interval, and not all in one turn', async ({ openHub }) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const hub = await openHub({ heartbeatMs: 16_000 });
    const streams = Array.from({ length: 40 }, () => attachBare(hub));
    let most = 0;
    let before = 0;
    for (let ms = 0; ms < 16_000; ms += 1000) {
      vi.advanceTimersByTime(1000);
      const now = streams.reduce((sum, chunks) => sum + beats(chunks), 0);
      most = Math.max(most, now - before);
      before = now;
    }
    expect(streams.map((chunks) => beats(chunks))).toEqual(Array(40).fill(1));
    expect(most).toBeLessThanOrEqual(3);
    vi.advanceTimersByTime(32_000);
    expect(streams.map((chunks) => beats(chunks))).toEqual(Array(40).fill(3));
  });

  test('runs by itself for a real client', async ({ openHub, serve, connect }) => {
    const hub = await openHub({ heartbeatMs: 32 });
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    expect((await client.until(({ comments }) => comments.length >= 3)).frames).toEqual([]);
  });

  test('is not there with heartbeatMs 0, and goes with the last connection', async ({ openHub }) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const silent = await openHub({ heartbeatMs: 0 });
    attachBare(silent);
    expect(vi.getTimerCount()).toBe(0);

    const hub = await openHub();
    const connections = [1, 2].map(() => hub.attach({ write: () => true, end() {} }));
    expect(vi.getTimerCount()).toBe(1);
    for (const connection of connections) connection.end();
    expect(vi.getTimerCount()).toBe(0);
    attachBare(hub);
    expect(vi.getTimerCount()).toBe(1);
    await hub.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
