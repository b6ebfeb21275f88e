/**
 * Descriptors are numbers, and numbers are used again at once: streams come and go as fast as they can on topics of
 * their own, with plain requests among them, while every topic publishes. `CORTEX_CHURN_MS` makes it longer.
 */
import type { SseSubscription } from '@cortex-os/native';
import { expect } from 'vitest';
import { test } from './fan-out-test.js';

const DURATION_MS = Number(process.env.CORTEX_CHURN_MS ?? 8000);
/** A busy machine is given so much longer to come to the numbers below. */
const LATE_MS = 60_000;
const STREAMS = 500;
const PLAIN_ANSWERS = 100;
const ACTORS = 24;
const PLAIN = 'plain '.repeat(50);

test(
  'no frame ever reaches the wrong client',
  async ({ openHub, serve, connect }) => {
    const hub = await openHub({ maxEvents: 10_000 });
    const live = new Map<string, SseSubscription>();
    let viaNative = 0;
    const { port } = await serve((req, res) => {
      const topic = req.url?.slice(1) ?? '';
      if (topic === 'plain') {
        res.end(PLAIN);
        return;
      }
      const subscription = hub.attach(res, { topic, onClose: () => live.delete(topic) });
      live.set(topic, subscription);
      // Some end from this side, at any moment.
      if (Math.random() < 0.1) setImmediate(() => res.destroy());
      if (Math.random() < 0.1) setImmediate(() => subscription.end());
    });

    const end = Date.now() + DURATION_MS;
    let [streams, frames, plain] = [0, 0, 0];
    const over = () => {
      const enough = streams > STREAMS && plain > PLAIN_ANSWERS;
      return Date.now() >= end + (enough ? 0 : LATE_MS);
    };
    const wrong: string[] = [];

    async function actor(name: number) {
      for (let round = 0; !over(); round++) {
        const topic = `t${name}-${round}`;
        const client = connect(port, { path: `/${topic}` });
        client.onFrame = ({ data }) => {
          frames += 1;
          const found = (JSON.parse(data ?? '') as { topic: string }).topic;
          if (found !== topic) wrong.push(`${topic} got a frame of ${found}`);
        };
        const wanted = 1 + Math.floor(Math.random() * 4);
        await client.until(
          ({ events, ending, closed }) => events.length >= wanted || ending !== 'open' || closed,
        );
        if (live.get(topic)?.stats().transport === 'adopted') viaNative += 1;
        streams += 1;
        if (client.problem !== undefined) wrong.push(client.problem);
        if (Math.random() < 0.5) client.socket.resetAndDestroy();
        else client.socket.destroy();
      }
    }

    async function plainActor() {
      while (!over()) {
        const text = await (await fetch(`http://127.0.0.1:${port}/plain`)).text();
        if (text !== PLAIN) wrong.push(`a plain answer was ${text.slice(0, 80)}`);
        plain += 1;
      }
    }

    async function publisher() {
      for (let n = 0; !over(); n++) {
        for (const topic of live.keys()) hub.emit({ topic, n, text: 'x'.repeat(200) });
        await new Promise((resolve) => setImmediate(resolve));
      }
      // So that nobody waits for another frame.
      const timer = setInterval(() => {
        for (const topic of live.keys()) hub.emit({ topic, last: true });
      }, 5);
      return timer;
    }

    const stuck = () =>
      new Promise<string>((resolve) => {
        setTimeout(resolve, DURATION_MS + LATE_MS + 30_000, 'somebody waits in vain').unref();
      });

    const publishing = publisher();
    const actors = Array.from({ length: ACTORS }, (_, name) => actor(name));
    const finished = Promise.all([plainActor(), plainActor(), ...actors]).then(() => 'finished');
    // Whoever got what another was to get, the other waits for; what was wrong says more than that.
    const outcome = await Promise.race([finished, stuck()]);
    clearInterval(await publishing);
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(outcome).toBe('finished');
    // The churn was one: many streams, most of them written to by the native thread.
    expect(streams).toBeGreaterThan(STREAMS);
    expect(frames).toBeGreaterThan(streams);
    expect(viaNative).toBeGreaterThan(streams / 4);
    expect(plain).toBeGreaterThan(PLAIN_ANSWERS);
  },
  DURATION_MS + LATE_MS + 60_000,
);
