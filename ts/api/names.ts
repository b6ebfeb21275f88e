/** Numbers of topics and types, remembered so that a hot call passes numbers. */

/** More topics than this and the memory starts anew: asking again costs a microsecond, remembering all costs memory. */
const MAX_NAMES = 16_384;

/** A bounded memory in front of `lookUp`. */
export class Names {
  readonly #lookUp: (name: string) => number;
  readonly #known = new Map<string, number>();

  constructor(lookUp: (name: string) => number) {
    this.#lookUp = lookUp;
  }

  /** The number of `name`. */
  get(name: string): number {
    let number = this.#known.get(name);
    if (number === undefined) {
      number = this.#lookUp(name);
      if (this.#known.size >= MAX_NAMES) this.#known.clear();
      this.#known.set(name, number);
    }
    return number;
  }

  /** Forgets `name`: its number is out of date. */
  forget(name: string): void {
    this.#known.delete(name);
  }
}
