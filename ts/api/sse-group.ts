/** SSE connections with one filter that are level with the log: a frame is encoded once for all of them. */
import { native, raw } from '../native.js';
import { nativeTopics, nativeTypes, topicsOf } from './filters.js';
import type { Follower, Followers } from './followers.js';
import type { LogIdentity } from './resume.js';
import { CHUNK_BYTES, type Level, type SseConnection } from './sse-connection.js';
import type { EventFilter } from './types.js';

/** Connections with one filter. */
export class SseGroup implements Level, Follower {
  readonly topics: readonly string[] | undefined;
  readonly filter: number;
  readonly #log: LogIdentity;
  readonly #followers: Followers;
  /** Level with the group: everything before `#next` is written to them. */
  readonly #level = new Set<SseConnection>();
  readonly #out = new Float64Array(2);
  #next: number;
  /** Connections that have this filter, level or not. */
  members = 0;

  constructor(log: LogIdentity, followers: Followers, filter: EventFilter) {
    this.topics = topicsOf(filter);
    this.#log = log;
    this.#followers = followers;
    this.filter = native.hubFilter(log.attachment, nativeTopics(filter), nativeTypes(filter));
    this.#next = raw.head(log.attachment);
  }

  // Only a group with somebody level is told of events: adopted sockets cost the event loop nothing.
  join(connection: SseConnection): void {
    if (this.#level.size === 0) this.#followers.add(this);
    this.#level.add(connection);
  }

  leave(connection: SseConnection): boolean {
    const level = this.#level.delete(connection);
    if (level && this.#level.size === 0) this.#followers.delete(this);
    return level;
  }

  /** Nobody has this filter any more. */
  close(): void {
    native.hubFilterClose(this.#log.attachment, this.filter);
  }

  settle(): number {
    this.pump();
    return this.#next;
  }

  pump(): void {
    if (this.#level.size === 0) {
      this.#next = raw.head(this.#log.attachment);
      return;
    }
    if (this.#next < raw.keptFrom(this.#log.attachment, this.filter)) {
      this.#scatter();
      return;
    }
    for (;;) {
      const frames = raw.frames(this.#log.attachment, this.filter, this.#next, CHUNK_BYTES, this.#out);
      this.#next = this.#out[0] ?? this.#next;
      if (frames === undefined) return;
      const count = this.#out[1] ?? 0;
      for (const connection of this.#level) connection.take(frames, this.#next, count);
    }
  }

  /** More came at once than the window holds: everybody reads the rest at their own pace. */
  #scatter(): void {
    const from = this.#next;
    const behind = [...this.#level];
    this.#level.clear();
    this.#followers.delete(this);
    this.#next = raw.head(this.#log.attachment);
    for (const connection of behind) connection.fallBehind(from);
  }
}
