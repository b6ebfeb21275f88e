/** One part in a loop: time of a call, and for a refresh the time it takes from the event loop's thread. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { manifestText } from '../data/manifest.mjs';
import { openThreadCpuClock } from '../harness/cpu.mjs';
import { median } from '../harness/stats.mjs';

export async function measurePart({ case: name, contender, dir, calls }) {
  const [part, connectors = '100'] = name.split('-');
  const path = join(dir, 'manifest.json');
  const text = manifestText(Number(connectors));
  writeFileSync(path, text);
  const parts = await (await import(`./parts-${contender}.mjs`)).open(path);
  const { body } = parts.current();
  assert(parts.verify(body), 'a signature that holds was refused');
  assert(!parts.verify(Buffer.from(String(body).replace('search', 'Search'))), 'a changed body passed');
  const measured =
    part === 'refresh' ? await refreshes(parts, path, text, calls) : { us: loop(parts, part, body, calls) };
  await parts.close();
  return measured;
}

let sink;

function loop(parts, part, body, calls) {
  const call = part === 'current' ? () => parts.current() : () => parts.verify(body);
  for (let i = 0; i < calls / 4; i += 1) sink = call();
  const before = process.hrtime.bigint();
  for (let i = 0; i < calls; i += 1) sink = call();
  assert(sink);
  return Number(process.hrtime.bigint() - before) / calls / 1000;
}

/**
 * Each of another document, made before and looked at afterwards: only what a refresh takes from this thread is counted,
 * its garbage included, not that of the measurement. A thread that sleeps and wakes pays for that too, whatever woke it;
 * so each refresh is followed by a timer as long, and `us` is the median refresh less the median timer.
 */
async function refreshes(parts, path, text, calls) {
  const threadCpuNs = openThreadCpuClock();
  const changed = (i) => text.replace('2025.10.10', `2025.10.${11 + i}`).replace('platform', `platform-${i}`);
  const documents = Array.from({ length: calls }, (_, i) => Buffer.from(changed(i)));
  const refreshed = [];
  const slept = [];
  for (const [i, document] of documents.entries()) {
    writeFileSync(path, document);
    const began = performance.now();
    const before = threadCpuNs();
    await parts.refresh();
    sink = parts.current();
    refreshed.push(threadCpuNs() - before);
    assert(sink.body.includes(`platform-${i}`), 'the refresh did not see the change');
    const after = threadCpuNs();
    await setTimeout(performance.now() - began);
    slept.push(threadCpuNs() - after);
  }
  const [gross, floor] = [median(refreshed) / 1000, median(slept) / 1000];
  return { us: Math.max(gross - floor, 0), gross_us: gross, timer_us: floor };
}
