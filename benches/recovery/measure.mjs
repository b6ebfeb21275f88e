/**
 * Writes a ledger, then times what comes after: opening it as it was closed, opening it with nothing but its lines (and
 * beginning its chain), verifying all of it, finding the last and the first event of the last file by their ids, and
 * looking for a topic that the index rules out.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeEvents } from '../data/events.mjs';
import { EventHub, Ledger } from '../harness/native.mjs';

const BURST = 4096;

export async function measureRecovery({ bytes, fileBytes, dir }) {
  const path = join(dir, 'ledger.ndjson');
  const fields = { topicField: 'taskId', idField: 'mark' };
  const options = { path, durability: 'none', ...fields, rotate: { maxBytes: fileBytes } };
  const count = await write({ ...options, chain: true }, bytes);

  const opened = await timed(() => EventHub.open({ ...options, chain: true }));
  assertHead(opened.result, count);
  await opened.result.close();

  const ledger = await Ledger.open(path, fields);
  const verified = await timed(() => ledger.verify());
  if (!verified.result.ok || verified.result.events !== count) throw new Error('the chain does not hold');
  const found = await timed(() => ledger.find(`mark-${count - 1}`));
  if (found.result !== count - 1) throw new Error(`found ${found.result}, not ${count - 1}`);
  const last = (await ledger.stats()).segments.findLast(({ events }) => events > 0);
  const first = await timed(() => ledger.find(`mark-${last.first}`));
  if (first.result !== last.first) throw new Error(`found ${first.result}, not ${last.first}`);
  const nothing = await timed(async () => {
    for await (const _ of ledger.read({ topic: 'nobody' })) throw new Error('a topic that is not there');
  });

  dropSidecars(dir);
  const bare = await timed(() => EventHub.open({ ...options, chain: true }));
  assertHead(bare.result, count);
  await bare.result.close();
  return {
    open_ms: opened.ms,
    open_bare_ms: bare.ms,
    verify_mb_per_s: verified.result.bytes / 1e6 / (verified.ms / 1e3),
    find_ms: found.ms,
    find_first_ms: first.ms,
    topic_ms: nothing.ms,
  };
}

/** Writes about `bytes` bytes and waits until they are indexed, as a ledger that was in use for a while is. */
async function write(options, bytes) {
  const events = makeEvents('320B', {});
  const perEvent = JSON.stringify(events[0]).length + 20;
  const count = Math.ceil(bytes / perEvent);
  const hub = await EventHub.open(options);
  for (let n = 0; n < count; n += 1) {
    hub.emit({ ...events[n % events.length], mark: `mark-${n}` });
    if (n % BURST === 0 && hub.pressure) await hub.drained();
  }
  await hub.flush();
  await hub.close();
  const ledger = await Ledger.open(options.path, options);
  await ledger.repair();
  return count;
}

function dropSidecars(dir) {
  for (const name of readdirSync(dir)) {
    if (!/^ledger(\.\d+)?\.ndjson$/.test(name)) rmSync(join(dir, name));
  }
}

function assertHead(hub, count) {
  if (hub.head !== count) throw new Error(`the ledger has ${hub.head} events, not ${count}`);
}

async function timed(work) {
  const before = process.hrtime.bigint();
  const result = await work();
  return { result, ms: Number(process.hrtime.bigint() - before) / 1e6 };
}
