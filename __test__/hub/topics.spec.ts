/** More topics than the window holds: numbers of topics go out of date, events never land in another's topic. */
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';

const TOPICS = 5000;
const topicOf = (n: number) => `topic ${n % TOPICS}`;

describe('thousands of topics through a small window', () => {
  test('each event keeps its topic, for callbacks and readers', async ({ openHub }) => {
    const hub = await openHub({ maxEvents: 100 });
    let wrong = 0;
    let seen = 0;
    hub.subscribe({}, (event, { topic }) => {
      if (topic !== topicOf((event as { n: number }).n)) wrong += 1;
    });
    hub.subscribe({ topic: topicOf(7) }, () => {
      seen += 1;
    });
    for (let n = 0; n < 4 * TOPICS; n += 1) {
      hub.emit({ topic: topicOf(n), n });
      if (n % 1000 === 0)
        for (const record of hub.readWindow()) if (record.topic !== topicOf(record.offset)) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(seen).toBe(4);
    expect(hub.stats().topics).toBeLessThanOrEqual(101);
  });

  test('a topic that left is empty, and begins anew when it comes back', async ({ openHub }) => {
    const hub = await openHub({ maxEvents: 10 });
    hub.emit({ topic: 'first', n: 0 });
    for (let n = 0; n < 50; n += 1) hub.emit({ topic: `other ${n}` });
    expect(hub.readWindow({ topic: 'first' })).toEqual([]);
    const offset = hub.emit({ topic: 'first', n: 1 });
    expect(hub.readWindow({ topic: 'first' }).map((record) => record.offset)).toEqual([offset]);
  });

  test('a topic that a reader follows stays its own while others come and go', async ({ openHub }) => {
    const hub = await openHub({ maxEvents: 10 });
    const stream = hub.stream({ topic: 'followed' });
    const next = stream.next();
    for (let n = 0; n < TOPICS; n += 1) hub.emit({ topic: `other ${n}` });
    const offset = hub.emit({ topic: 'followed' });
    expect((await next).value).toMatchObject({ offset, topic: 'followed' });
  });

  test('two hubs in one thread do not mix their topics up', async ({ openHub }) => {
    const hubs = [await openHub({ maxEvents: 16 }), await openHub({ maxEvents: 16 })];
    for (let n = 0; n < TOPICS; n += 1) {
      hubs[n % 2]?.emit({ n }, { topic: topicOf(n) });
      hubs[(n + 1) % 2]?.emit({ n }, { topic: topicOf(n * 7) });
    }
    for (const hub of hubs) {
      for (const { event, topic } of hub.readWindow()) {
        const { n } = event as { n: number };
        expect([topicOf(n), topicOf(n * 7)]).toContain(topic);
      }
    }
  });
});

describe('a window bounded per topic', () => {
  test('keeps the newest of each, and all for readers of everything', async ({ openHub }) => {
    const hub = await openHub({ maxTopicEvents: 3 });
    for (let n = 0; n < 20; n += 1) hub.emit({ topic: n % 4 === 0 ? 'rare' : 'busy', n });
    const numbers = (topic?: string) =>
      hub.readWindow(topic === undefined ? {} : { topic }).map(({ event }) => (event as { n: number }).n);
    expect(numbers('busy')).toEqual([17, 18, 19]);
    expect(numbers('rare')).toEqual([8, 12, 16]);
    expect(numbers()).toHaveLength(20);
  });
});
