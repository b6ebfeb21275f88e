/** Events over many topics, as fast as the clients take them; or events of one topic, with and without the others there. */
import { assertDelivered, assertDigests, connect, withSession } from './session.mjs';

const PATIENCE_MS = 60_000;
const PROGRESS_MS = 2;
/** Events that may be under way. */
const WINDOW = 4096;

export function measureTopics({
  contender,
  mode,
  dir,
  connections,
  topics,
  emitTopics,
  events,
  warmUp,
  perSecond,
}) {
  const digest = mode === 'proof';
  const followers = connections / topics;
  const command = (count) =>
    perSecond ? `emit ${count} ${perSecond}` : `flood ${count} ${emitTopics} ${WINDOW * followers}`;

  return withSession({ contender, dir, digest, connections }, async ({ server, clients, cpu }) => {
    await connect(clients, connections, topics);
    let acknowledged = 0;
    async function deliver(count) {
      const { nowUs } = await clients.ask('reset');
      const earlier = acknowledged;
      clients.onProgress = (frames) => {
        acknowledged = earlier + frames;
        server.tell(`ack ${acknowledged}`);
      };
      const [report] = await Promise.all([
        clients.ask(`wait ${count * followers} ${PATIENCE_MS}`),
        server.ask(command(count)),
      ]);
      acknowledged = earlier + report.frames;
      server.tell(`ack ${acknowledged}`);
      assertDelivered(report, count * followers);
      return { report, seconds: (report.nowUs - nowUs) / 1e6 };
    }
    if (!perSecond) await clients.ask(`progress ${PROGRESS_MS}`);
    await deliver(warmUp);
    const before = cpu();
    const { report, seconds } = await deliver(events);
    const after = cpu();
    if (digest) assertDigests(report.digests, () => (warmUp + events) / emitTopics);
    const metrics = {
      events_per_s: events / seconds,
      loop_us_per_event: (after.loopNs - before.loopNs) / 1000 / events,
      cpu_us_per_event: (after.totalNs - before.totalNs) / 1000 / events,
    };
    if (perSecond) delete metrics.events_per_s;
    return metrics;
  });
}
