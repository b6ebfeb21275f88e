/** Joins the hub by its handle, emits, and tells what an error looks like on this thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { EventHub, HubError } from '@cortex-os/native';

const hub = EventHub.fromHandle(workerData.handle);
let last = -1;
for (let n = 0; n < workerData.count; n += 1) last = hub.emit({ topic: 'worker', type: 'counted', n });

let failure;
try {
  EventHub.fromHandle(123_456);
} catch (error) {
  failure = error;
}
parentPort.postMessage({ last, isHubError: failure instanceof HubError, code: failure?.code });
