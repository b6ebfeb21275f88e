/** What `stats().fanOut` counts is what clients see. */
import type { SseSubscription } from '@cortex-os/native';
import { expect, vi } from 'vitest';
import { adopted, emitNumbers, test, WAIT } from './fan-out-test.js';
import { expectNumbers } from './frames.js';

const COUNT = 1000;
/** One event in so many is timed. */
const SAMPLED = 64;
/** Up to eleven bounds, and above the last. */
const BUCKETS = 13;

test('connections, frames, bytes, writes, resumes, and the time from emit to write', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub({ heartbeatMs: 0 });
  const subscriptions: SseSubscription[] = [];
  const { port } = await serve((_, res) => subscriptions.push(hub.attach(res, { transport: 'adopted' })));
  expect(hub.stats().fanOut).toMatchObject({ connections: 0, frames: 0, latency: [] });

  const live = connect(port);
  await adopted(() => subscriptions[0]);
  let body = 0; // bytes behind the head, as they come over the wire
  await live.opened();
  // The thread that writes has it: one that comes there after events were emitted counts as resuming.
  await vi.waitFor(() => expect(hub.stats().fanOut.connections).toBe(1), WAIT);
  live.socket.on('data', (bytes) => {
    body += bytes.length;
  });
  for (let n = 0; n < COUNT; n += SAMPLED) {
    emitNumbers(hub, n, Math.min(n + SAMPLED, COUNT));
    await live.untilEvents(Math.min(n + SAMPLED, COUNT)); // so that every sample is written before the next is taken
  }
  const back = connect(port, { headers: { 'Last-Event-ID': hub.cursor(COUNT / 2 - 1) } });
  await adopted(() => subscriptions[1]);
  await back.untilEvents(COUNT / 2);
  expectNumbers(live.events, 0, COUNT);
  expectNumbers(back.events, COUNT / 2, COUNT / 2);

  await vi.waitFor(() => expect(hub.stats().fanOut.frames).toBe(1.5 * COUNT), WAIT);
  const { fanOut } = hub.stats();
  expect(fanOut).toMatchObject({
    connections: 2,
    lagging: 0,
    lag: 0,
    resumes: 1,
    slow: 0,
    gaps: 0,
    coalesced: 0,
  });
  expect(fanOut.writes).toBeGreaterThanOrEqual(2);
  expect(fanOut.writes).toBeLessThanOrEqual(1.5 * COUNT);
  expect(body).toBeGreaterThan(0);
  expect(fanOut.bytes).toBeGreaterThan(body);
  expect(fanOut.latency).toHaveLength(BUCKETS);
  const samples = fanOut.latency.reduce((sum, count) => sum + count, 0);
  expect(samples).toBeGreaterThan(0);
  expect(samples).toBeLessThanOrEqual(Math.ceil(COUNT / SAMPLED));

  for (const subscription of subscriptions) subscription.end();
  await vi.waitFor(() => expect(hub.stats().fanOut.connections).toBe(0), WAIT);
});
