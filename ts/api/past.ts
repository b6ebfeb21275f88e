/** What has been emitted before, for who asks: from memory where that has it all, else from the ledger. */
import { native, raw } from '../native.js';
import { nativeFilter, nativeTopics, nativeTypes } from './filters.js';
import { toRecords } from './records.js';
import { type LogIdentity, offsetOf } from './resume.js';
import type { EventQuery, EventRecord } from './types.js';

const DEFAULT_LIMIT = 1000;

/** See the module. */
export class Past {
  readonly #log: LogIdentity;

  constructor(log: LogIdentity) {
    this.#log = log;
  }

  /** From memory or, off the event loop, from the ledger. */
  async read(query: EventQuery): Promise<EventRecord[]> {
    const { attachment, epoch } = this.#log;
    const after = query.after === undefined ? undefined : await offsetOf(this.#log, query.after);
    const before = query.before === undefined ? undefined : await offsetOf(this.#log, query.before);
    const wanted = nativeQuery(query, after, before);
    if (native.hubWindowSuffices(attachment, wanted)) {
      this.#refuseExpired(query, after);
      return toRecords(native.hubReadWindow(attachment, wanted), epoch);
    }
    return toRecords(await native.hubReadLedger(attachment, wanted), epoch);
  }

  /** At once, from memory only. */
  readWindow(query: EventQuery): EventRecord[] {
    const { attachment, epoch } = this.#log;
    const after = query.after === undefined ? undefined : this.#windowOffset(query.after);
    const before = query.before === undefined ? undefined : this.#windowOffset(query.before);
    return toRecords(native.hubReadWindow(attachment, nativeQuery(query, after, before)), epoch);
  }

  /** Every event of memory from `from` to before `to`. */
  between(from: number, to: number): EventRecord[] {
    const { attachment, epoch } = this.#log;
    return toRecords(native.hubReadWindow(attachment, { from, before: to, limit: to - from }), epoch);
  }

  #windowOffset(token: string | number): number {
    if (typeof token === 'number') return token;
    const offset = native.hubResume(this.#log.attachment, token);
    if (offset < 0) native.hubRefuseCursor(this.#log.attachment, token);
    return offset;
  }

  /** Without a ledger, events after a cursor may be gone for good: better an error than a silent hole. */
  #refuseExpired(query: EventQuery, after: number | undefined): void {
    const { attachment, epoch, hasLedger } = this.#log;
    if (after === undefined || hasLedger) return;
    const filter = native.hubFilter(attachment, nativeTopics(query), nativeTypes(query));
    const kept = raw.keptFrom(attachment, filter);
    native.hubFilterClose(attachment, filter);
    if (after + 1 < kept) native.hubRefuseCursor(attachment, `${epoch}-${after}`, `${epoch}-${kept}`);
  }
}

function nativeQuery(query: EventQuery, after: number | undefined, before: number | undefined) {
  return {
    ...nativeFilter(query),
    ...(after !== undefined && { from: after + 1 }),
    ...(before !== undefined && { before }),
    limit: query.limit ?? DEFAULT_LIMIT,
  };
}
