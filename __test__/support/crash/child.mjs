/**
 * Emits as fast as it can until it is killed, and reports after each emit, or after every few, that it has returned.
 * Run as a process with its settings in the first argument; the same file is its worker.
 */
import { openSync, writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { EventHub } from '@cortex-os/native';
import { eventOf, Reporter } from './events.mjs';

const settings = isMainThread ? JSON.parse(process.argv[2] ?? '{}') : workerData.settings;
const reports = openSync(settings.reportPath, 'r+');
const write = (bytes, position) => writeSync(reports, bytes, 0, bytes.length, position);
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Who waits when the hub is closed is settled; a refusal would show in the counts. */
const closed = () => undefined;

let count = 0;

/** Emits until `limit` events of this thread are logged. */
async function emitTo(limit, hub, thread, reporter) {
  while (count < limit) {
    const offset = hub.tryEmit(eventOf(settings.run, thread, count));
    if (offset === -1) {
      await hub.drained();
      continue;
    }
    if (offset < 0) throw new Error(`refused with ${offset}`);
    count += 1;
    if (count % settings.reportEvery === 0) reporter.returned(count, offset);
    if (isMainThread && count === 1) writeSync(1, 'emitting\n');
    if (count % 100 === 1) hub.durable(offset).then((durable) => reporter.acknowledged(durable), closed);
    if (count % 500 === 0) await nextTurn();
  }
}

async function main() {
  const open = () => EventHub.openSync({ ...settings.hub, keepAlive: true });
  const reporter = new Reporter(write, 0);
  if (settings.kind === 'reopening') {
    for (;;) {
      const hub = open();
      await emitTo(count + 200, hub, 0, reporter);
      await hub.close();
    }
  }
  const hub = open();
  for (let thread = 1; thread < settings.threads; thread += 1) {
    new Worker(new URL(import.meta.url), { workerData: { settings, thread, handle: hub.handle } });
  }
  await emitTo(Number.POSITIVE_INFINITY, hub, 0, reporter);
}

if (isMainThread) await main();
else {
  const { handle, thread } = workerData;
  await emitTo(Number.POSITIVE_INFINITY, EventHub.fromHandle(handle), thread, new Reporter(write, thread));
}
