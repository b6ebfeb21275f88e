/** How many of the oldest entries are looked at for one that may go. */
const SEARCH_DEPTH = 64;

/** A map that makes room for a new key by dropping an old one: one that is finished if there is one near, else the oldest. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #limit: number;
  readonly #isFinished: (value: V) => boolean;

  constructor(limit: number, isFinished: (value: V) => boolean = () => false) {
    super();
    this.#limit = limit;
    this.#isFinished = isFinished;
  }

  override set(key: K, value: V): this {
    if (!this.has(key)) {
      while (this.size > 0 && this.size >= this.#limit) this.delete(this.#next());
    }
    return super.set(key, value);
  }

  #next(): K {
    let oldest: K | undefined;
    let seen = 0;
    for (const [key, value] of this) {
      if (this.#isFinished(value)) return key;
      if (seen++ === 0) oldest = key;
      if (seen >= SEARCH_DEPTH) break;
    }
    return oldest as K;
  }
}
