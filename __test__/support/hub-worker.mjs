/** A worker that does with a hub what it is told, call by call. */
import { parentPort } from 'node:worker_threads';
import { EventHub } from '@cortex-os/native';

let hub;
const seen = [];
let told = () => {};

const CALLS = {
  join: (handle) => {
    hub = EventHub.fromHandle(handle);
  },
  open: async (options) => {
    hub = await EventHub.open(options);
    return hub.handle;
  },
  /** Emits `{ by, n }` for n below `count` and gives the offsets. */
  emit: (by, count, topic = '') => Array.from({ length: count }, (_, n) => hub.emit({ by, n }, { topic })),
  emitDurable: (by) => hub.emitDurable({ by }),
  subscribe: () => {
    hub.subscribe({}, (event, { offset }) => {
      seen.push([offset, event]);
      told();
    });
  },
  /** What the callback got, once that is so many events. */
  seen: async (count) => {
    while (seen.length < count) {
      await new Promise((resolve) => {
        told = resolve;
      });
    }
    return seen;
  },
  /** The next `count` items of a stream. */
  take: async (after, count) => {
    const items = [];
    for await (const item of hub.stream({}, { after })) {
      items.push(item);
      if (items.length === count) break;
    }
    return items;
  },
  head: () => hub.head,
  close: () => hub.close(),
  /** Fails outside of any call. */
  crash: () => void setImmediate(() => CALLS.fail()),
  fail: () => {
    throw new Error('on purpose');
  },
};

parentPort?.on('message', async ({ id, name, parameters }) => {
  try {
    parentPort?.postMessage({ id, value: await CALLS[name](...parameters) });
  } catch (error) {
    parentPort?.postMessage({ id, code: error.code, message: error.message });
  }
});
