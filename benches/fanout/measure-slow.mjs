/** Some clients stop reading: what becomes of them, of the others and of the memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { processMemory } from './process-cpu.mjs';
import { connect, withSession } from './session.mjs';

const PATIENCE_MS = 60_000;
const SAMPLE_MS = 100;
const MIB = 2 ** 20;

export function measureSlow(job) {
  const { dir, server: contender, hub, attach, connections, stalled, events, warmUp } = job;
  return withSession({ contender, dir, connections, hub, attach }, async (session) => {
    const { server, clients } = session;
    const last = warmUp + events - 1;
    await connect(clients, connections);
    await deliver(session, job, warmUp, connections);
    if (stalled > 0) await clients.ask(`stall ${stalled}`);
    const memory = watchMemory(server.pid);
    const report = await deliver(session, job, events, connections - stalled);
    const growth = memory.stop();
    assertOthers(report, job);
    const after = stalled > 0 ? await afterwards(clients, job, last) : report;
    return {
      others_p99_ms: report.latency.p99_us / 1000,
      memory_growth_mib: growth / MIB,
      ...(stalled > 0 ? { cut: after.away, told_of_gap: after.gapped, harmed_others: after.harmed } : {}),
    };
  });
}

async function deliver({ server, clients }, { perSecond }, count, takers) {
  await clients.ask('reset');
  const [report] = await Promise.all([
    clients.ask(`wait ${count * takers} ${PATIENCE_MS}`),
    server.ask(`emit ${count} ${perSecond}`),
  ]);
  return report;
}

/** Those that were cut read what the kernel still had, then their end; the rest read on to the newest event. */
async function afterwards(clients, { stalled, connections, cutting }, last) {
  await clients.ask('unstall');
  let report;
  const deadline = performance.now() + PATIENCE_MS;
  do {
    await sleep(SAMPLE_MS);
    report = await clients.ask('report');
  } while (!(cutting ? report.away >= stalled : report.slowest === last) && performance.now() < deadline);
  const expected = cutting ? connections - stalled : connections;
  if (report.reading === expected && report.disorder + report.foreign === 0) return report;
  throw new Error(`${report.reading} clients read on of ${expected}; ${report.complaints.join('; ')}`);
}

function assertOthers({ frames, disorder, foreign }, { events, connections, stalled }) {
  const wanted = events * (connections - stalled);
  if (frames !== wanted || disorder + foreign > 0)
    throw new Error(`the others got ${frames} frames of ${wanted}, ${disorder} out of order`);
}

function watchMemory(pid) {
  const before = processMemory(pid);
  let highest = before;
  const timer = setInterval(() => {
    highest = Math.max(highest, processMemory(pid));
  }, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(highest, processMemory(pid)) - before;
    },
  };
}
