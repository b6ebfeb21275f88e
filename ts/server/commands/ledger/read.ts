import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { EventRecord } from '../../../api/index.js';
import { CommandError, type Terminal } from '../../command.js';
import { count } from './format.js';
import type { LedgerRun } from './ledger.js';

/** Events between two looks at whether the reader keeps up. */
const BURST = 256;

/** Prints events. */
export const readEvents: LedgerRun = async (ledger, { query, json }, terminal) => {
  await print(ledger.read(query), json, terminal);
  return 0;
};

/** Prints the newest events and what comes, until a signal. */
export const tailEvents: LedgerRun = async (ledger, { query, json, lines }, terminal) => {
  const ending = new AbortController();
  const end = () => ending.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  try {
    const { head } = await ledger.stats();
    const after = query.after ?? Math.max(-1, head - 1 - lines);
    await print(ledger.tail({ ...query, after, signal: ending.signal }), json, terminal);
    return 0;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  }
};

/** Writes events to a file, or prints the newest digest. */
export const exportEvents: LedgerRun = async (ledger, { query, json, out, anchorOnly }, terminal) => {
  if (anchorOnly) {
    const anchor = await ledger.anchor();
    if (!anchor) throw new CommandError('ledger export: the ledger has no hash chain');
    terminal.out(json ? JSON.stringify(anchor) : `${anchor.offset}:${anchor.digest}`);
    return 0;
  }
  if (out === undefined) throw new CommandError('ledger export: wants --out <file> or --anchor', 2);
  // Never over what is there: it may be the only copy.
  const file = createWriteStream(out, { flags: 'wx', mode: 0o600 });
  const done = finished(file);
  done.catch(() => undefined);
  let events = 0;
  try {
    await once(file, 'open');
    for await (const record of ledger.read(query)) {
      events += 1;
      if (!file.write(`${shown(record, json)}\n`)) await once(file, 'drain');
      if (events % BURST === 0) terminal.progress?.(`exporting: ${count(events, 'event')}`);
    }
    file.end();
    await done;
  } catch (error) {
    file.destroy();
    throw new CommandError(`ledger export: ${(error as Error).message}`);
  }
  terminal.progress?.('');
  terminal.out(json ? JSON.stringify({ events, out }) : `${count(events, 'event')} written to ${out}`);
  return 0;
};

async function print(events: AsyncIterable<EventRecord>, json: boolean, terminal: Terminal): Promise<void> {
  let printed = 0;
  for await (const record of events) {
    if (record.event === undefined) terminal.err(`event ${record.offset} is no JSON`);
    terminal.out(shown(record, json));
    printed += 1;
    if (printed % BURST === 0) await terminal.drained?.();
  }
}

/** The line as it is; as JSON with what the ledger knows of it. */
function shown({ offset, cursor, topic, type, event, line }: EventRecord, json: boolean): string {
  if (!json) return line;
  return JSON.stringify(
    event === undefined ? { offset, cursor, line } : { offset, cursor, topic, type, event },
  );
}
