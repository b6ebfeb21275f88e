/**
 * The loop every emit contender runs: bursts of 64 events, then a turn of the event loop. A loop without turns would
 * starve those who write from callbacks (their queue grows until the end, nothing is measured but its growth); one
 * turn per event would measure setImmediate. 64 is a busy server's tick.
 *
 * The clock stops when every event is in the hands of the operating system; what that costs on the main
 * thread counts. Afterwards the file is compared with the reference, in every round.
 */
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { makeEvents } from '../data/events.mjs';
import { openThreadCpuClock } from '../harness/cpu.mjs';
import { assertWritten } from '../harness/digest.mjs';

const BURST = 64;

export async function measureEmit({ case: size, contender, mode, events: count, warmUp, dir, from = '.' }) {
  const { open, ordered = true } = await import(`${from}/${contender}.mjs`);
  const events = makeEvents(size, { unicode: mode === 'proof' });
  const path = join(dir, 'ledger.ndjson');
  const session = await open(path);

  await emitAll(session, events, 0, warmUp);
  const threadCpuNs = openThreadCpuClock();
  const cpuBefore = threadCpuNs?.();
  const before = process.hrtime.bigint();
  await emitAll(session, events, warmUp, warmUp + count);
  const elapsedNs = Number(process.hrtime.bigint() - before);
  const cpuNs = threadCpuNs === undefined ? undefined : threadCpuNs() - cpuBefore;
  await session.close();

  const lines = events.map((event) => JSON.stringify(event));
  if (session.assertOutput) session.assertOutput(lines, warmUp + count);
  else assertWritten(session.read?.() ?? path, lines, warmUp + count, { ordered });
  const metrics = { events_per_s: (count / elapsedNs) * 1e9 };
  return cpuNs === undefined ? metrics : { main_ns: cpuNs / count, ...metrics };
}

/**
 * A session's `emit` gives a promise when the next event has to wait for it, its `settle` when the next burst has
 * to: that is each contender's back-pressure, and it is honoured.
 */
async function emitAll(session, events, from, to) {
  for (let i = from; i < to; ) {
    const end = Math.min(i + BURST, to);
    for (; i < end; i += 1) {
      const wait = session.emit(events[i % events.length]);
      if (wait !== undefined) await wait;
    }
    await session.settle();
    await turn();
  }
  await session.flush();
}
