/**
 * `npm run soak -- --minutes N [--clients N] [--rate N] [--seed N] [--json FILE]`: clients that stall, cut and resume at
 * random while events come at a steady rate. A checker on every client wants every event once, in order, or a gap that
 * says so; at the end all of them are level, memory is flat and no descriptor is left.
 *
 * `npm run soak -- --churn [--seconds N]`: short subscriptions, each on its own topic, opened and cut as fast as it goes
 * while all topics publish; no frame may reach the wrong client.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareFanOut } from '../benches/fanout/prepare.mjs';
import { descriptorCount, processMemory } from '../benches/fanout/process-cpu.mjs';
import { connect, withSession } from '../benches/fanout/session.mjs';
import { median } from '../benches/harness/stats.mjs';

const MIB = 2 ** 20;
const SAMPLE_MS = 5000;
const SETTLE_MS = 120_000;
const CHURN = { clients: 400, topics: 512, perSecond: 5000 };
/** Small rings: who stalls falls out of them, and reads on from the ledger. */
const HUB = { ringBytes: 4 * MIB, maxEvents: 8192, stallMs: 1000, durability: 'none' };
/** Memory of the last quarter against that of the second; the first is warming up. */
const FLAT = { factor: 1.1, slackMib: 8 };

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '30' },
    clients: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    churn: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

async function soak(session, { seconds, clients: count, perSecond, seed }) {
  const { server, clients } = session;
  const atRest = await descriptorsAtRest(session);
  await connect(clients, count);
  await clients.ask(`chaos ${seed}`);
  const events = Math.round(seconds * perSecond);
  const { samples } = await during(session, server.ask(`emit ${events} ${perSecond}`), seconds);
  await clients.ask('calm');
  const report = await levelled(clients, events); // one was before them
  const { stats } = await server.ask('stats');
  await clients.ask('close');
  const memory = quarters(samples.map(({ mib }) => mib));
  return {
    ...summary(report, stats),
    events,
    level: report.slowest === events && report.reading === count,
    descriptorsLeft: await descriptorsLeft(server.pid, atRest),
    memoryMib: memory,
    flat: memory.last <= memory.second * FLAT.factor + FLAT.slackMib,
  };
}

async function churn(session, { seconds, seed }) {
  const { server, clients } = session;
  const atRest = await descriptorsAtRest(session);
  await connect(clients, CHURN.clients, CHURN.topics);
  await clients.ask(`churn ${seed} ${CHURN.topics}`);
  const events = Math.round(seconds * CHURN.perSecond);
  await during(session, server.ask(`emit ${events} ${CHURN.perSecond} ${CHURN.topics}`), seconds);
  const report = await clients.ask('report');
  const { stats } = await server.ask('stats');
  await clients.ask('close');
  const left = await descriptorsLeft(server.pid, atRest);
  return { ...summary(report, stats), events, descriptorsLeft: left, level: report.frames > 0, flat: true };
}

/** Looks at the server now and then until the events are out. */
async function during({ server, clients }, emitting, seconds) {
  const samples = [];
  let over = false;
  const emitted = emitting.finally(() => {
    over = true;
  });
  const begun = performance.now();
  while (!over) {
    await Promise.race([emitted, sleep(Math.min(SAMPLE_MS, seconds * 100))]);
    const mib = processMemory(server.pid) / MIB;
    const descriptors = descriptorCount(server.pid);
    samples.push({ mib, descriptors });
    const { frames, gaps, reconnects, disorder, foreign, away } = await clients.ask('report');
    const at = Math.round((performance.now() - begun) / 1000);
    process.stdout.write(
      `${at} s: ${frames} frames, ${reconnects} reconnects, ${gaps} gaps, ${disorder} wrong, ${foreign} foreign, ` +
        `${away} away, ${mib.toFixed(1)} MiB, ${descriptors} descriptors\n`,
    );
  }
  await emitted;
  return { samples };
}

/** A slow client that was found out at the last moment is cut once more: it is let in again. */
async function levelled(clients, last) {
  const deadline = performance.now() + SETTLE_MS;
  let report;
  do {
    report = await clients.ask(`settle ${last} ${SAMPLE_MS}`);
    if (report.away > 0) {
      await clients.ask('chaos 1');
      await clients.ask('calm');
    }
  } while ((report.slowest !== last || report.away > 0) && performance.now() < deadline);
  return report;
}

/** The first connection starts the native thread, which has descriptors of its own. */
async function descriptorsAtRest({ server, clients }) {
  const before = descriptorCount(server.pid);
  await connect(clients, 1);
  await server.ask('emit 1 1000');
  await clients.ask('wait 1 5000');
  const with1 = descriptorCount(server.pid);
  await clients.ask('close');
  const deadline = performance.now() + SAMPLE_MS;
  while (descriptorCount(server.pid) === with1 && performance.now() < deadline) await sleep(50);
  await clients.ask('reset');
  return Math.max(before, descriptorCount(server.pid));
}

async function descriptorsLeft(pid, atRest) {
  const deadline = performance.now() + SAMPLE_MS;
  while (descriptorCount(pid) > atRest && performance.now() < deadline) await sleep(50);
  return Math.max(0, descriptorCount(pid) - atRest);
}

function quarters(samples) {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  return { second: median(samples.slice(quarter, 2 * quarter + 1)), last: median(samples.slice(-quarter)) };
}

function summary({ frames, gaps, disorder, foreign, reconnects, stalls, cut, complaints }, stats) {
  return { frames, reconnects, stalls, cut, gaps, disorder, foreign, complaints, fanOut: stats.fanOut };
}

const dir = mkdtempSync(join(tmpdir(), 'cortex-soak-'));
try {
  const [missing] = prepareFanOut(['native']);
  if (missing) throw new Error(missing.reason);
  const options = { contender: 'native', dir, connections: 1, ledger: !values.churn, hub: HUB };
  const job = {
    seconds: values.churn ? Number(values.seconds) : Number(values.minutes) * 60,
    clients: Number(values.clients),
    perSecond: Number(values.rate),
    seed: Number(values.seed),
  };
  const result = await withSession(options, (session) => (values.churn ? churn : soak)(session, job));
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  const right =
    result.disorder + result.foreign + result.descriptorsLeft === 0 && result.level && result.flat;
  process.stdout.write(right ? 'held\n' : 'NOT HELD\n');
  process.exitCode = right ? 0 : 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
