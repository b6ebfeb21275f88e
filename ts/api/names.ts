/** Numbers of topics and types, remembered so that a hot call passes numbers. */

/** More topics than this and the memory starts anew: asking again costs a microsecond, remembering all costs memory. */
const MAX_NAMES = 16_384;

/** A bounded memory in front of `lookUp`. */
export class Names {
  readonly #lookUp: (name: string) => number;
  readonly #known = new Map<string, number>();
  // Names come in runs; comparing with the last is cheaper than hashing.
  #last: string | undefined;
  #lastNumber = 0;

  constructor(lookUp: (name: string) => number) {
    this.#lookUp = lookUp;
  }

  /** The number of `name`. */
  get(name: string): number {
    if (name === this.#last) return this.#lastNumber;
    let number = this.#known.get(name);
    if (number === undefined) {
      number = this.#lookUp(name);
      if (this.#known.size >= MAX_NAMES) this.#known.clear();
      this.#known.set(name, number);
    }
    this.#last = name;
    this.#lastNumber = number;
    return number;
  }

  /** Forgets `name`: its number is out of date. */
  forget(name: string): void {
    this.#last = undefined;
    this.#known.delete(name);
  }
}
