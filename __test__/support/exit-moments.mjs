/**
 * Emits and ends, at the moment that is asked for. Reports each emit after it has returned, as the crash runs do.
 * Settings in the first argument, as of the crash runs, with `moment`.
 */
import { openSync, writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { EventHub } from '@cortex-os/native';
import { eventOf, Reporter } from './crash/events.mjs';

const settings = isMainThread ? JSON.parse(process.argv[2] ?? '{}') : workerData.settings;
const thread = isMainThread ? 0 : workerData.thread;
const reports = openSync(settings.reportPath, 'r+');
const reporter = new Reporter((bytes, at) => writeSync(reports, bytes, 0, bytes.length, at), thread);
const hub = isMainThread ? EventHub.openSync(settings.hub) : EventHub.fromHandle(workerData.handle);
const STOP = 200;
let count = 0;

function emit() {
  const n = count;
  count += 1;
  const offset = hub.emit(eventOf(settings.run, thread, n));
  reporter.returned(n + 1, offset);
}

function emitUntil(stop) {
  while (count < stop) emit();
}

const leave = () => process.exit(7);

const MOMENTS = {
  'between two emits': () => {
    emitUntil(STOP);
    leave();
  },
  'within a callback': () => {
    // The emit that calls back does not return, and its event is logged all the same.
    hub.subscribe({}, () => count >= STOP && leave());
    for (;;) emit();
  },
  'within a callback of a callback': () => {
    hub.subscribe({ topic: 'thread-0' }, (event) => event.n === STOP && emit());
    hub.subscribe({}, (event) => event.n > STOP && leave());
    for (;;) emit();
  },
  'within toJSON': () => {
    emitUntil(STOP);
    hub.emit({ toJSON: leave });
  },
  'while an acknowledgement is pending': () => {
    emitUntil(STOP);
    void hub.durable(STOP - 1);
    setImmediate(leave);
  },
  'while the hub is closing': () => {
    emitUntil(STOP);
    void hub.close();
    setImmediate(leave);
  },
  'while the ledger is being read': () => {
    emitUntil(STOP);
    void hub.read({ after: -1 });
    void hub.findInLedger('nobody');
    setImmediate(leave);
  },
  'after the hub was closed': async () => {
    emitUntil(STOP);
    await hub.close();
    leave();
  },
  'in a beforeExit handler': () => {
    process.on('beforeExit', () => {
      emitUntil(STOP);
      leave();
    });
  },
  'in an exit handler that emits': () => {
    process.on('exit', () => emitUntil(STOP));
    leave();
  },
  'while workers emit': () => {
    const { threads } = settings;
    const emitting = new Set();
    for (let id = 1; id < threads; id += 1) {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: { settings, thread: id, handle: hub.handle },
      });
      worker.on('message', () => {
        emitting.add(id);
        if (emitting.size < threads - 1) return;
        emitUntil(STOP);
        leave();
      });
    }
  },
  'by an uncaught error': () => {
    emitUntil(STOP);
    throw new Error('on purpose');
  },
  'by an unhandled rejection': () => {
    emitUntil(STOP);
    void Promise.reject(new Error('on purpose'));
  },
  'by a signal': () => {
    emitUntil(STOP);
    process.kill(process.pid, 'SIGTERM');
    for (;;) emit();
  },
};

if (isMainThread) await MOMENTS[settings.moment]();
else {
  const { parentPort } = await import('node:worker_threads');
  for (;;) {
    if (hub.pressure) await hub.drained();
    emit();
    if (count === 50) parentPort?.postMessage('emitting');
  }
}
