/** A server of one contender that emits events to a ledger beside its requests. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { makeEvents } from '../data/events.mjs';
import { EventHub } from '../harness/native.mjs';

const EVERY_MS = 10;
const [contender, dir, eventsPerSecond] = process.argv.slice(2);
const { open } = await import(`./${contender}.mjs`);
const handler = await open(join(dir, 'manifest.json'));
const hub = await EventHub.open({ path: join(dir, 'ledger.ndjson'), topicField: 'taskId' });
const events = makeEvents('320B');

const server = createServer(handler);
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

// As many as are due: timers drift under load, the rate does not.
const start = performance.now();
setInterval(() => {
  const due = ((performance.now() - start) / 1000) * Number(eventsPerSecond);
  while (hub.head < due) hub.emit(events[hub.head % events.length]);
}, EVERY_MS);

process.on('message', () => process.send({ emitted: hub.head, seconds: (performance.now() - start) / 1000 }));
