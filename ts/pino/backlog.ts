/**
 * Lines that a ledger could not take yet, in their order and within a bound. A process that exits meanwhile gets one more
 * try to log them.
 */
export class Backlog {
  readonly #maxLength: number;
  readonly #onExit: () => void;
  #lines: string[] = [];
  #length = 0;

  constructor(maxLength: number, flush: () => void) {
    this.#maxLength = maxLength;
    this.#onExit = () => {
      try {
        flush();
      } catch {
        // The ledger failed, which was told; the process ends.
      }
    };
  }

  /** Lines held. */
  get size(): number {
    return this.#lines.length;
  }

  /** Holds a line; false when there is no room. */
  push(line: string): boolean {
    const length = line.length + 1;
    if (this.#length + length > this.#maxLength) return false;
    if (this.#lines.length === 0) process.on('exit', this.#onExit);
    this.#lines.push(line);
    this.#length += length;
    return true;
  }

  /** Gives lines to `take` until it refuses one; whether it took any. */
  feed(take: (line: string) => boolean): boolean {
    let taken = 0;
    for (const line of this.#lines) {
      if (!take(line)) break;
      taken += 1;
      this.#length -= line.length + 1;
    }
    this.#lines = this.#lines.slice(taken);
    if (this.#lines.length === 0) process.off('exit', this.#onExit);
    return taken > 0;
  }

  /** Forgets what is held. */
  clear(): void {
    this.#lines = [];
    this.#length = 0;
    process.off('exit', this.#onExit);
  }
}
