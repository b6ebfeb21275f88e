/** Events read natively, as the records that callers get. */
import type { EventPage } from '../native.js';
import type { EventRecord } from './types.js';

const NEWLINE = 0x0a;

/** The records of a page. Lines are decoded and parsed one by one, so that one bad line spoils no other. */
export function toRecords(page: EventPage, epoch: string): EventRecord[] {
  const records: EventRecord[] = [];
  let start = 0;
  for (let index = 0; index < page.offsets.length; index += 1) {
    const end = page.lines.indexOf(NEWLINE, start);
    const line = page.lines.toString('utf8', start, end);
    start = end + 1;
    const offset = page.offsets[index] ?? 0;
    const topic = page.topics[index] ?? '';
    const type = page.types[index] ?? '';
    records.push({ offset, cursor: `${epoch}-${offset}`, topic, type, event: parse(line), line });
  }
  return records;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a line that somebody else wrote into the ledger
  }
}
