/** CPU of the server while a number of events goes to all subscribers, at a pace at which no frame waits. */
import { assertDelivered, assertDigests, connect, withSession } from './session.mjs';

const PATIENCE_MS = 20_000;

export function measureFanOut({ contender, mode, dir, subscribers, events, warmUp, perSecond }) {
  const digest = mode === 'proof';
  return withSession({ contender, dir, digest, connections: subscribers }, async (session) => {
    const { clients, cpu } = session;
    await connect(clients, subscribers);
    await deliver(session, warmUp);
    await clients.ask('reset');
    const before = cpu();
    const report = await deliver(session, events);
    const after = cpu();
    if (digest && contender !== 'none') assertDigests(report.digests, () => warmUp + events);
    const metrics = {
      loop_us_per_event: (after.loopNs - before.loopNs) / 1000 / events,
      cpu_us_per_frame: (after.totalNs - before.totalNs) / 1000 / events / subscribers,
    };
    if (contender === 'raw-rust') delete metrics.loop_us_per_event; // it has no other work to keep from
    if (contender === 'none') delete metrics.cpu_us_per_frame;
    return metrics;
  });

  async function deliver({ server, clients }, count) {
    const frames = contender === 'none' ? 0 : count * subscribers;
    await clients.ask('reset');
    const [report] = await Promise.all([
      clients.ask(`wait ${frames} ${PATIENCE_MS}`),
      server.ask(`emit ${count} ${perSecond}`),
    ]);
    assertDelivered(report, frames);
    return report;
  }
}
