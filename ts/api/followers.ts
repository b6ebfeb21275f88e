/**
 * Who reads the log by a cursor in this thread, by topic: an event concerns only those who follow its topic.
 *
 * What is emitted is handed on in a microtask. Where that takes long, because many are to be written to, it is handed
 * on once per turn of the event loop instead: the same frames in fewer writes.
 */

/** A reader with a cursor. */
export interface Follower {
  /** The topics it follows; undefined for all. */
  readonly topics: readonly string[] | undefined;
  /** There may be something to read. */
  pump(): void;
}

/** Handing on that took longer than this is worth gathering for. */
const LONG_MS = 1;

/** See the module. */
export class Followers {
  readonly #ofAll = new Set<Follower>();
  readonly #byTopic = new Map<string, Set<Follower>>();
  readonly #due = new Set<Follower>();
  #scheduled = false;
  #tookLong = false;
  /** Followers in all, so that an emit that concerns nobody looks at one number. */
  #count = 0;

  add(follower: Follower): void {
    this.#count += 1;
    if (follower.topics === undefined) this.#ofAll.add(follower);
    for (const topic of follower.topics ?? []) {
      const set = this.#byTopic.get(topic);
      if (set === undefined) this.#byTopic.set(topic, new Set([follower]));
      else set.add(follower);
    }
  }

  delete(follower: Follower): void {
    this.#due.delete(follower);
    let known = this.#ofAll.delete(follower);
    for (const topic of follower.topics ?? []) {
      const set = this.#byTopic.get(topic);
      if (set?.delete(follower)) known = true;
      if (set?.size === 0) this.#byTopic.delete(topic);
    }
    if (known) this.#count -= 1;
  }

  /** An event of `topic` was emitted. */
  mark(topic: string): void {
    if (this.#count === 0) return;
    if (this.#ofAll.size > 0) for (const follower of this.#ofAll) this.#due.add(follower);
    if (this.#byTopic.size > 0) {
      const set = this.#byTopic.get(topic);
      if (set !== undefined) for (const follower of set) this.#due.add(follower);
    }
    if (this.#due.size > 0 && !this.#scheduled) {
      this.#scheduled = true;
      if (this.#tookLong) setImmediate(() => this.flush());
      else queueMicrotask(() => this.flush());
    }
  }

  /** Events of unknown topics were emitted. */
  markAll(): void {
    if (this.#count === 0) return;
    for (const follower of this.#ofAll) this.#due.add(follower);
    for (const set of this.#byTopic.values()) for (const follower of set) this.#due.add(follower);
    this.flush();
  }

  /** Hands on what is due. */
  flush(): void {
    this.#scheduled = false;
    if (this.#due.size === 0) return;
    const due = [...this.#due];
    this.#due.clear();
    const begun = performance.now();
    for (const follower of due) follower.pump();
    this.#tookLong = performance.now() - begun > LONG_MS;
  }
}
