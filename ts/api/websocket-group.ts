/** Sockets with one filter that are level with the log: a message is encoded once for all of them. */
import { native, raw } from '../native.js';
import { nativeFilter, nativeTopics, nativeTypes, topicsOf } from './filters.js';
import type { Follower, Followers } from './followers.js';
import type { LogIdentity } from './resume.js';
import type { EventFilter } from './types.js';
import { type Batch, toBatch } from './websocket-message.js';

/** Bytes that one read of the log should give: cheap per event, and small beside what a socket may buffer. */
const PAGE_BYTES = 64 * 1024;
const FIRST_PAGE_EVENTS = 64;
const MAX_PAGE_EVENTS = 1024;

/** What a group needs of the sockets in it. */
export interface Member {
  /** Messages for it, all up to the end of the batch. */
  take(batch: Batch): void;
  /** The log has gone on without it: it reads from `cursor` by itself. */
  fallBehind(cursor: number): void;
}

/** See the module. */
export class SocketGroup implements Follower {
  readonly topics: readonly string[] | undefined;
  readonly filter: number;
  readonly #named: { topics?: string[]; types?: string[] };
  readonly #log: LogIdentity;
  readonly #followers: Followers;
  readonly #foreignBefore: number;
  /** Level with the group: everything before `#next` is sent to them. */
  readonly #level = new Set<Member>();
  #next: number;
  #pageEvents = FIRST_PAGE_EVENTS;
  /** Sockets that have this filter, level or not. */
  members = 0;

  constructor(log: LogIdentity, followers: Followers, filter: EventFilter, foreignBefore: number) {
    this.topics = topicsOf(filter);
    this.#named = nativeFilter(filter);
    this.#log = log;
    this.#followers = followers;
    this.#foreignBefore = foreignBefore;
    this.filter = native.hubFilter(log.attachment, nativeTopics(filter), nativeTypes(filter));
    this.#next = raw.head(log.attachment);
  }

  join(member: Member): void {
    if (this.#level.size === 0) this.#followers.add(this);
    this.#level.add(member);
  }

  leave(member: Member): void {
    if (this.#level.delete(member) && this.#level.size === 0) this.#followers.delete(this);
  }

  /** Nobody has this filter any more. */
  close(): void {
    native.hubFilterClose(this.#log.attachment, this.filter);
  }

  /** Brings the group up to the head of the log and returns its offset. */
  settle(): number {
    this.pump();
    return this.#next;
  }

  pump(): void {
    if (this.#level.size === 0) {
      this.#next = raw.head(this.#log.attachment);
    } else if (this.#next < this.keptFrom()) {
      this.#scatter();
    } else {
      while (this.#next < raw.head(this.#log.attachment)) this.#deliver();
    }
  }

  /** Offset below which events may be gone from memory. */
  keptFrom(): number {
    return raw.keptFrom(this.#log.attachment, this.filter);
  }

  /** What memory has from an offset on. */
  read(from: number): Batch {
    return this.#toBatch(native.hubReadWindow(this.#log.attachment, this.#query(from)));
  }

  /** The same from the ledger, off the event loop. */
  async readLedger(from: number): Promise<Batch> {
    return this.#toBatch(await native.hubReadLedger(this.#log.attachment, this.#query(from)));
  }

  #deliver(): void {
    const batch = this.read(this.#next);
    this.#next = batch.next;
    if (batch.messages.length > 0) for (const member of this.#level) member.take(batch);
  }

  /** More came at once than the window holds: everybody reads the rest at their own pace. */
  #scatter(): void {
    const from = this.#next;
    const behind = [...this.#level];
    this.#level.clear();
    this.#followers.delete(this);
    this.#next = raw.head(this.#log.attachment);
    for (const member of behind) member.fallBehind(from);
  }

  #query(from: number) {
    return { ...this.#named, from, limit: this.#pageEvents };
  }

  /** Pages are bounded by a number of events; the number follows their size. */
  #toBatch(page: Parameters<typeof toBatch>[0]): Batch {
    const { byteLength } = page.lines;
    if (byteLength > PAGE_BYTES) this.#pageEvents = Math.max(1, this.#pageEvents >> 1);
    else if (byteLength < PAGE_BYTES / 2 && page.offsets.length >= this.#pageEvents)
      this.#pageEvents = Math.min(MAX_PAGE_EVENTS, this.#pageEvents << 1);
    return toBatch(page, this.#log.epoch, this.#foreignBefore);
  }
}
