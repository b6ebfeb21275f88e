/**
 * Workers that are terminated while the thread pool works for them: opening, reading, searching, waiting, closing.
 * Prints what is left when all are gone; a crash ends this process.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { EventHub } from '@cortex-os/native';

const SMALL = { ringBytes: 64 * 1024, maxLineBytes: 4096, maxEvents: 8 };
const ignore = () => undefined;

async function main([folder, cycles]) {
  const shared = await EventHub.open({ path: `${folder}/shared.ndjson`, ...SMALL });
  for (let n = 0; n < 2000; n += 1) {
    shared.emit({ id: `id-${n}`, by: 'main', n });
    if (shared.pressure) await shared.drained();
  }
  for (let id = 0; id < Number(cycles); id += 1) {
    const worker = new Worker(fileURLToPath(import.meta.url), {
      workerData: { handle: shared.handle, path: `${folder}/${id % 4}.ndjson` },
    });
    await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await pause(id % 8);
    await worker.terminate();
  }
  const locked = [];
  for (let id = 0; id < 4; id += 1) {
    const path = `${folder}/${id}.ndjson`;
    try {
      await (await EventHub.open({ path, ...SMALL })).close();
    } catch (error) {
      locked.push(error.code);
    }
  }
  const records = await shared.read({ after: -1, limit: Number.POSITIVE_INFINITY });
  const whole = records.every(({ offset }, index) => offset === index);
  const { head } = shared;
  await shared.close();
  process.stdout.write(JSON.stringify({ locked, head, read: records.length, whole }));
}

async function worker({ handle, path }) {
  const shared = EventHub.fromHandle(handle);
  parentPort?.postMessage('busy');
  for (;;) {
    const reads = [
      shared.read({ after: 0, limit: 500 }),
      shared.read({ types: ['never'], limit: 5 }),
      shared.findInLedger('id-1'),
      shared.emitDurable({ by: 'worker' }),
      shared.stream({}, { after: -1 }).next(),
      EventHub.open({ path, ...SMALL }).then(async (own) => {
        await own.emitDurable({});
        await own.close();
      }, ignore),
    ];
    await Promise.allSettled(reads);
  }
}

if (isMainThread) await main(process.argv.slice(2));
else await worker(workerData);
