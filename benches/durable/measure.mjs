/**
 * N emitters in a closed loop: emit one event, wait until it is durable, again. A latency is the time between two
 * acknowledgements of one emitter, so the wait for a turn behind the other emitters counts, in contenders that block
 * the thread as in those that do not. Afterwards the ledger has to hold every acknowledged event, and nothing else.
 */
import { join } from 'node:path';
import { makeEvents } from '../data/events.mjs';
import { assertWritten } from '../harness/digest.mjs';
import { quantile } from '../harness/stats.mjs';

export async function measureDurable({ contender, mode, dir, ...job }) {
  const { open, run, ordered = true, read } = await import(`./${contender}.mjs`);
  const events = makeEvents('320B', { unicode: mode === 'proof' });
  const lines = events.map((event) => JSON.stringify(event));
  const path = join(dir, 'ledger.ndjson');
  const measured = run
    ? await run({ ...job, lines, path, dir })
    : await closedLoop({ ...job, open, events, path });
  assertWritten(read ? read(path) : path, lines, measured.written, { ordered });
  return measured.metrics;
}

async function closedLoop({ open, events, path, emitters, forMs, warmUpMs }) {
  const appender = await open(path);
  const sequence = { next: 0 };
  const emitFor = (ms, latencies) => {
    const deadline = performance.now() + ms;
    return Promise.all(
      Array.from({ length: emitters }, () => emitter(appender, events, sequence, deadline, latencies)),
    );
  };
  await emitFor(warmUpMs, []);
  const latencies = [];
  const warmedUp = sequence.next;
  const before = performance.now();
  await emitFor(forMs, latencies);
  const seconds = (performance.now() - before) / 1000;
  await appender.close();
  return {
    written: sequence.next,
    metrics: {
      events_per_s: (sequence.next - warmedUp) / seconds,
      p50_us: quantile(latencies, 0.5),
      p99_us: quantile(latencies, 0.99),
    },
  };
}

async function emitter(appender, events, sequence, deadline, latencies) {
  for (let before = performance.now(); before < deadline; ) {
    const event = events[sequence.next % events.length];
    sequence.next += 1;
    await appender.append(event);
    const acknowledged = performance.now();
    latencies.push((acknowledged - before) * 1000);
    before = acknowledged;
  }
}
