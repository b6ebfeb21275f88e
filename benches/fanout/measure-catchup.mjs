/** Clients that reconnect at once and want what they missed: what each costs the event loop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { processCpu } from './process-cpu.mjs';
import { assertDelivered, connect, withSession } from './session.mjs';

const PATIENCE_MS = 60_000;
const PER_SECOND = 20_000;
/** What the server still does for a connection after its last byte has arrived. */
const SETTLE_MS = 100;

export async function measureCatchUp({ dir, contender, case: kind, missed, reconnects, warmUps, fromDisk }) {
  const options = { contender, dir, connections: 1, keep: missed + 1, ledger: fromDisk };
  if (fromDisk) options.hub = { maxEvents: 16, durability: 'none' };
  if (!fromDisk) {
    return withSession(options, async (session) => {
      const id = await emitMissed(session, missed);
      return reconnect(session, { kind, id, missed, reconnects, warmUps });
    });
  }
  // The next process has nothing of the past in memory but what it read of the ledger's end.
  const id = await withSession(options, (session) => emitMissed(session, missed));
  return withSession(options, (session) => reconnect(session, { kind, id, missed, reconnects, warmUps }));
}

/** One event that everybody has, then those that they miss; the resume token of the first. */
async function emitMissed({ server, clients }, missed) {
  await connect(clients, 1);
  const [{ id }] = await Promise.all([clients.ask(`wait 1 ${PATIENCE_MS}`), server.ask('emit 1 1000')]);
  await Promise.all([
    clients.ask(`wait ${missed + 1} ${PATIENCE_MS}`),
    server.ask(`emit ${missed} ${PER_SECOND}`),
  ]);
  await clients.ask('close');
  await clients.ask('reset');
  await sleep(SETTLE_MS);
  return id;
}

async function reconnect({ server, clients }, { kind, id, missed, reconnects, warmUps }) {
  const replays = kind !== 'nothing missed';
  // Code that runs for the first time is slow, and is compiled while other threads replay: all reconnect some times before.
  for (let i = 0; i < warmUps; i += 1) {
    await again(clients, reconnects, replays ? id : '', reconnects * (replays ? missed : 0));
    await clients.ask('close');
    await clients.ask('reset');
    await sleep(SETTLE_MS);
  }
  const before = processCpu(server.pid);
  const report = await again(clients, reconnects, replays ? id : '', reconnects * (replays ? missed : 0));
  await sleep(SETTLE_MS);
  const after = processCpu(server.pid);
  if (replays && report.slowest !== missed)
    throw new Error(`a replay ended at ${report.slowest} of ${missed}`);
  return {
    loop_us_per_reconnect: (after.loopNs - before.loopNs) / 1000 / reconnects,
    cpu_us_per_reconnect: (after.totalNs - before.totalNs) / 1000 / reconnects,
  };
}

async function again(clients, reconnects, id, frames) {
  await connect(clients, reconnects, 0, id);
  const report = await clients.ask(`wait ${frames} ${PATIENCE_MS}`);
  assertDelivered(report, frames);
  return report;
}
