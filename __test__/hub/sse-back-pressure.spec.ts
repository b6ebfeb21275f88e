/** Clients that do not read: they cost one chunk of memory, delay nobody, and later get everything in order. */
import type { ServerResponse } from 'node:http';
import type { EventHub } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import type { SseClient } from '../support/sse-client.js';
import { test } from '../support/sse-test.js';
import { nextTurn, Watched } from '../support/waiting.js';

const TOTAL = 30_000;
const pad = 'x'.repeat(1000);
/** One chunk of frames, with room for their ids and for what HTTP adds. */
const CHUNK_BYTES = 320 * 1024;

/** Emits 30 MB, more than ring and sockets hold, and returns the most that a response ever had to keep. */
async function emitMuch(hub: EventHub, responses: readonly ServerResponse[]): Promise<number> {
  let most = 0;
  while (hub.head < TOTAL) {
    for (let burst = 0; burst < 50; burst += 1) hub.emit({ n: hub.head, pad });
    await (hub.pressure ? hub.drained() : nextTurn());
    for (const response of responses) most = Math.max(most, response.writableLength);
  }
  return most;
}

function expectAll(client: SseClient): void {
  const wrong = client.events.findIndex(({ data }, index) => (data as { n: number }).n !== index);
  expect(wrong).toBe(-1);
  expect(client.frames).toHaveLength(TOTAL);
}

describe('clients that stop reading', () => {
  test('keep one chunk each, delay nobody, and get everything in order once they read', async ({
    openHub,
    serve,
    connect,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath });
    const responses: ServerResponse[] = [];
    const url = await serve((req, res) => {
      if (req.url === '/slow') responses.push(res);
      hub.attach(res, { transport: 'stream' });
    });
    const slow = [await connect(`${url}slow`), await connect(`${url}slow`), await connect(`${url}slow`)];
    for (const client of slow) await client.pause();
    const quick = [await connect(url), await connect(url)];

    const most = await emitMuch(hub, responses);
    for (const client of quick) await client.untilFrames(TOTAL);
    expect(most).toBeLessThan(CHUNK_BYTES);
    for (const response of responses) expect(response.writableLength).toBeGreaterThan(0);
    for (const client of slow) expect(client.frames.length).toBeLessThan(TOTAL / 2);

    for (const client of slow) await client.resume();
    for (const client of slow) await client.untilFrames(TOTAL);
    for (const client of [...slow, ...quick]) expectAll(client);
  }, 60_000);

  test('are let go when they disconnect, full as they are', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const closed = new Watched(0);
    const responses: ServerResponse[] = [];
    const url = await serve((_, res) => {
      responses.push(res);
      hub.attach(res, { transport: 'stream', onClose: () => closed.change((count) => count + 1) });
    });
    const client = await connect(url);
    await client.pause();
    await emitMuch(hub, responses);
    expect(responses[0]?.writableLength).toBeGreaterThan(0);
    client.close();
    await closed.until((count) => count === 1);
    expect(hub.stats().connections).toBe(0);
  }, 60_000);

  test('get no heartbeat on top of what waits for them', async ({ openHub, serve, connect }) => {
    const hub = await openHub({ heartbeatMs: 0 });
    const responses: ServerResponse[] = [];
    const url = await serve((_, res) => {
      responses.push(res);
      hub.attach(res, { transport: 'stream' });
    });
    const client = await connect(url);
    await client.pause();
    await emitMuch(hub, responses);
    const before = responses[0]?.writableLength;
    for (let n = 0; n < 1000; n += 1) hub.heartbeat();
    expect(responses[0]?.writableLength).toBe(before);
  }, 60_000);
});
