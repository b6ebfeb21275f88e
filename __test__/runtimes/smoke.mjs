/**
 * Does the built package work on this runtime? Run from a project that has it installed: `node smoke.mjs`.
 *
 * No test framework: it has to run alike on Node, Bun and Deno. One line per case, `ok - name` or `not ok - name`.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CortexError, EventHub, HubError } from '@cortex-os/native';

const folder = mkdtempSync(join(tmpdir(), 'cortex-smoke-'));
const event = (n) => ({ id: `e${n}`, topic: n % 2 ? 'odd' : 'even', type: 'counted', n, text: 'über 😀' });

await test('import and require give one instance of every class', () => {
  const required = createRequire(import.meta.url)('@cortex-os/native');
  assert.equal(required.EventHub, EventHub);
  assert.equal(required.CortexError, CortexError);
});

await test('a hub in memory delivers the original object in order and reads the line back', async () => {
  const hub = await EventHub.open();
  const seen = [];
  const unsubscribe = hub.subscribe({ topic: 'odd' }, (received, meta) => seen.push([received, meta.offset]));
  const events = [0, 1, 2, 3].map(event);
  assert.deepEqual(
    events.map((item) => hub.emit(item)),
    [0, 1, 2, 3],
  );
  assert.deepEqual(seen, [
    [events[1], 1],
    [events[3], 3],
  ]);
  assert.equal(seen[0][0], events[1]);
  unsubscribe();
  const records = await hub.read({ topic: 'even' });
  assert.deepEqual(
    records.map((record) => record.event),
    [events[0], events[2]],
  );
  await hub.close();
});

await test('a ledger holds one line per event and is read again after reopening', async () => {
  const path = join(folder, 'ledger.ndjson');
  const texts = ['plain', 'über 😀', '"quoted"', 'two\nlines', 'half \ud83d', '\ufffd'];
  const events = Array.from({ length: 100 }, (_, n) => ({ ...event(n), text: texts[n % texts.length] }));
  const hub = await EventHub.open({ path });
  for (const item of events) hub.emit(item);
  assert.equal(await hub.flush(), 100);
  assert(hub.stats().lines.joined > 30);
  await hub.close();
  assert.equal(readFileSync(path, 'utf8'), events.map((item) => `${JSON.stringify(item)}\n`).join(''));

  const again = await EventHub.open({ path });
  assert.equal(again.head, 100);
  const records = await again.read({ limit: 1000 });
  assert.deepEqual(
    records.map((record) => record.event),
    events,
  );
  await again.close();
});

await test('emitDurable settles once the event is on disk, in one promise for all of a tick', async () => {
  const path = join(folder, 'durable.ndjson');
  const hub = await EventHub.open({ path });
  assert.deepEqual(await Promise.all([0, 1, 2].map((n) => hub.emitDurable(event(n)))), [2, 2, 2]);
  assert.equal(readFileSync(path, 'utf8').split('\n').length, 4);
  await hub.close();
});

await test('a stream resumes after a cursor and goes on live', async () => {
  const hub = await EventHub.open();
  for (let n = 0; n < 4; n += 1) hub.emit(event(n));
  const offsets = [];
  for await (const item of hub.stream({}, { after: hub.cursor(1) })) {
    offsets.push(item.offset);
    if (item.offset === 3) hub.emit(event(4));
    if (item.offset === 4) break;
  }
  assert.deepEqual(offsets, [2, 3, 4]);
  await hub.close();
});

await test('a worker emits into the hub of the main thread', async () => {
  const hub = await EventHub.open();
  const worker = new Worker(new URL('./smoke-worker.mjs', import.meta.url), {
    workerData: { handle: hub.handle, count: 50 },
  });
  const message = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  assert.deepEqual(message, { last: 49, isHubError: true, code: 'ERR_HUB_HANDLE_INVALID' });
  await worker.terminate();
  assert.equal(hub.head, 50);
  assert.equal((await hub.read({ limit: 100 })).length, 50);
  await hub.close();
});

await test('errors are instances of their class with a code, thrown and rejected', async () => {
  const hub = await EventHub.open();
  await hub.close();
  const isClosed = (error) =>
    error instanceof HubError && error instanceof CortexError && error.code === 'ERR_HUB_CLOSED';
  assert.throws(() => hub.emit(event(0)), isClosed);
  await assert.rejects(hub.read(), isClosed);
  await assert.rejects(EventHub.open({ path: join(folder, 'no', 'folder', 'l.ndjson') }), {
    code: 'ERR_LEDGER_OPEN',
  });
});

rmSync(folder, { recursive: true, force: true });
// From here on nothing may keep the process from ending; the runner kills it and says so.
console.log('# done');

async function test(name, body) {
  try {
    await body();
    console.log(`ok - ${name}`);
  } catch (error) {
    console.log(`not ok - ${name}: ${error?.stack ?? error}`);
    process.exitCode = 1;
  }
}
