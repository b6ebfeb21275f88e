/**
 * The log as an async iterator: a cursor, not a queue. What is not asked for stays in the log.
 */
import { native, raw } from '../native.js';
import { nativeFilter, topicsOf } from './filters.js';
import type { Follower, Followers } from './followers.js';
import { toRecords } from './records.js';
import { expired, isDeleted, type LogIdentity, resume } from './resume.js';
import type { EventFilter, StreamItem, StreamOptions } from './types.js';

const DEFAULT_BUFFERED = 256;

/** See the module. One per `for await`. */
export class EventStream implements AsyncIterableIterator<StreamItem>, Follower {
  readonly topics: readonly string[] | undefined;
  readonly #log: LogIdentity;
  readonly #followers: Followers;
  /** As it was given: the caller's arrays may change. */
  readonly #filter: { topics?: string[]; types?: string[] };
  readonly #number: number;
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #open: Set<EventStream>;
  #token: string | number | undefined;
  #from: number;
  #buffer: StreamItem[] = [];
  #read = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #news: (() => void) | undefined;
  #ended = false;

  constructor(
    log: LogIdentity,
    followers: Followers,
    filter: EventFilter,
    options: StreamOptions,
    open: Set<EventStream>,
  ) {
    this.topics = topicsOf(filter);
    this.#log = log;
    this.#followers = followers;
    this.#filter = nativeFilter(filter);
    this.#limit = Math.max(1, options.maxBuffered ?? DEFAULT_BUFFERED);
    this.#signal = options.signal;
    this.#open = open;
    this.#token = options.after;
    this.#number = native.hubFilter(log.attachment, this.#filter.topics, this.#filter.types);
    this.#from = raw.head(log.attachment);
    followers.add(this);
    open.add(this);
    if (options.signal?.aborted) this.end();
    else options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  readonly #abort = (): void => this.end();

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next item. Concurrent calls are answered in order. */
  next(): Promise<IteratorResult<StreamItem, undefined>> {
    const answer = this.#turn.then(() => this.#next());
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async return(): Promise<IteratorResult<StreamItem, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  pump(): void {
    this.#news?.();
  }

  /** Ends the stream; what was read ahead is dropped. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#buffer = [];
    this.#followers.delete(this);
    native.hubFilterClose(this.#log.attachment, this.#number);
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#news?.();
    this.#open.delete(this);
  }

  async #next(): Promise<IteratorResult<StreamItem, undefined>> {
    for (;;) {
      if (this.#ended) return { done: true, value: undefined };
      const item = this.#buffer[this.#read];
      if (item !== undefined) {
        this.#read += 1;
        return { done: false, value: item };
      }
      this.#buffer = await this.#fill();
      this.#read = 0;
      if (this.#buffer.length === 0 && !this.#ended) await this.#untilNews();
    }
  }

  /** Reads on from the cursor. */
  async #fill(): Promise<StreamItem[]> {
    if (this.#token !== undefined) {
      const start = await resume(this.#log, this.#number, this.#token);
      this.#token = undefined; // only now: when the ledger cannot be asked, the next call asks again
      this.#from = start.from;
      if (start.gap !== undefined) return [{ gap: start.gap }];
    }
    if (this.#ended) return [];
    if (this.#from >= raw.keptFrom(this.#log.attachment, this.#number)) {
      return this.#take(native.hubReadWindow(this.#log.attachment, this.#query()));
    }
    if (this.#log.hasLedger && !isDeleted(this.#log, this.#from)) {
      return this.#take(await native.hubReadLedger(this.#log.attachment, this.#query()));
    }
    const start = expired(this.#log, this.#number, this.#from);
    this.#from = start.from;
    return start.gap === undefined ? [] : [{ gap: start.gap }];
  }

  #query(): { topics?: string[]; types?: string[]; from: number; limit: number } {
    return { ...this.#filter, from: this.#from, limit: this.#limit };
  }

  #take(page: Parameters<typeof toRecords>[0]): StreamItem[] {
    this.#from = page.next;
    return toRecords(page, this.#log.epoch);
  }

  #untilNews(): Promise<void> {
    // Asked again after registering: an event in between would tell nobody.
    return new Promise((resolve) => {
      this.#news = () => {
        this.#news = undefined;
        resolve();
      };
      if (this.#ended || raw.head(this.#log.attachment) > this.#from) this.#news();
    });
  }
}
