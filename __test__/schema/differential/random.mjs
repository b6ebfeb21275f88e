/** Random choices with a seed: the same seed gives the same schemas, values and texts on every machine. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed | 0;
  }

  /** A number of at least 0, below 1. */
  fraction() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number of at least 0, below `bound`. */
  below(bound) {
    return Math.floor(this.fraction() * bound);
  }

  /** True once in so many times. */
  oneIn(count) {
    return this.below(count) === 0;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Between `least` and `most` results of `make`. */
  list(least, most, make) {
    return Array.from({ length: least + this.below(most - least + 1) }, (_, i) => make(i));
  }

  /** The key of an object of weights: a key of weight 2 comes twice as often as one of weight 1. */
  weighted(weights) {
    const entries = Object.entries(weights);
    let place = this.fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      place -= weight;
      if (place < 0) return key;
    }
    return entries[0][0];
  }
}
