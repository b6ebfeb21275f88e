/**
 * A steady rate to all subscribers: when frames arrive, and what the event loop has left meanwhile for other requests.
 * With `from` the highest rate is searched for at which everything arrives, 99 of 100 frames within 250 ms.
 */
import { assertDelivered, assertDigests, connect, withServer } from './server-and-clients.mjs';

const PATIENCE_MS = 20_000;
const OTHER_REQUESTS_EVERY_MS = 20;
const HELD_P99_US = 250_000;
/** A server that emits later than this, relative to plan, does not hold the rate. */
const LATE = 1.15;
const LATE_MS = 150;
const BISECTIONS = 3;
const PROBE_MS = 1500;

export function measureSteady({ contender, mode, dir, subscribers, perSecond, events, warmUp, from }) {
  const digest = mode === 'proof';
  const receivers = contender === 'none' ? 0 : subscribers;
  return withServer({ contender, dir, digest, connections: subscribers }, async (both) => {
    const { server, clients, cpu } = both;
    await connect(clients, subscribers);
    if (from !== undefined) return { events_per_s: await highestRate(both, subscribers, from) };
    await deliver(both, receivers, perSecond, warmUp);
    if (contender !== 'raw-rust') {
      await clients.ask(`probe ${OTHER_REQUESTS_EVERY_MS}`);
      await server.ask('watch');
    }
    const before = cpu();
    const { report, seconds, loopDelayP99Ms } = await deliver(both, receivers, perSecond, events);
    const after = cpu();
    assertDelivered(report, events * receivers);
    if (digest) assertDigests(report.digests, () => warmUp + events);
    const ofFrames = {
      frame_p50_ms: report.latency.p50_us / 1000,
      frame_p99_ms: report.latency.p99_us / 1000,
    };
    if (contender === 'raw-rust') return ofFrames;
    const ofLoop = {
      loop_share: (after.loopNs - before.loopNs) / 1e9 / seconds,
      loop_delay_p99_ms: loopDelayP99Ms,
    };
    // The clients have nothing to wait for, and report before their other requests were made.
    if (contender === 'none') return ofLoop;
    return {
      ...ofFrames,
      ...ofLoop,
      other_p50_ms: report.other.p50_us / 1000,
      other_p99_ms: report.other.p99_us / 1000,
    };
  });
}

async function deliver({ server, clients }, subscribers, perSecond, count) {
  await clients.ask('reset');
  const begun = performance.now();
  const emitting = server.ask(`emit ${count} ${perSecond}`).then((answer) => {
    return { ...answer, emitMs: performance.now() - begun };
  });
  const [report, emitted] = await Promise.all([
    clients.ask(`wait ${count * subscribers} ${PATIENCE_MS}`),
    emitting,
  ]);
  return { report, seconds: (performance.now() - begun) / 1000, ...emitted };
}

/** Doubles, or halves, until the limit lies between two rates, then bisects by ratio. */
async function highestRate(both, subscribers, from) {
  const holds = async (perSecond) => {
    const count = Math.max(20, Math.round((perSecond * PROBE_MS) / 1000));
    const { report, emitMs } = await deliver(both, subscribers, perSecond, count);
    assertDelivered(report, count * subscribers);
    return report.latency.p99_us < HELD_P99_US && emitMs < ((count * 1000) / perSecond) * LATE + LATE_MS;
  };
  let low = from;
  let high;
  if (await holds(from)) {
    high = from * 2;
    while (await holds(high)) [low, high] = [high, high * 2];
  } else {
    high = from;
    low = from / 2;
    while (low > 5 && !(await holds(low))) [low, high] = [low / 2, low];
  }
  for (let i = 0; i < BISECTIONS; i += 1) {
    const middle = Math.sqrt(low * high);
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
