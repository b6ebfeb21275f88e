/** Waiting for events instead of for time. */

/** A value that changes, and word of each change. The runner's time limit ends a wait in vain. */
export class Watched<T> {
  #value: T;
  #wake: (() => void)[] = [];

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  change(edit: (value: T) => T): void {
    this.#value = edit(this.#value);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Resolves once `condition` holds. */
  async until(condition: (value: T) => boolean): Promise<T> {
    while (!condition(this.#value)) await new Promise<void>((resolve) => this.#wake.push(resolve));
    return this.#value;
  }
}

/** Lets everything that is due in this turn of the event loop happen. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
