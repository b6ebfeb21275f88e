/** Taking items from a hub's stream. */
import type { EventRecord, Gap, StreamItem } from '@cortex-os/native';
import { expect } from 'vitest';

type Stream = AsyncIterableIterator<StreamItem>;

/** The next item, which must be an event. */
export async function nextRecord(stream: Stream): Promise<EventRecord> {
  const { value } = await stream.next();
  if (value === undefined || 'gap' in value)
    return expect.unreachable(`no event but ${JSON.stringify(value)}`);
  return value;
}

/** The next `count` items, which must be events. */
export async function takeRecords(stream: Stream, count: number): Promise<EventRecord[]> {
  const records: EventRecord[] = [];
  while (records.length < count) records.push(await nextRecord(stream));
  return records;
}

/** The next item, which must be a gap. */
export async function nextGap(stream: Stream): Promise<Gap> {
  const { value } = await stream.next();
  if (value === undefined || !('gap' in value))
    return expect.unreachable(`no gap but ${JSON.stringify(value)}`);
  return value.gap;
}
