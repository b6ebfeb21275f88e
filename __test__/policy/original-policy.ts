/** The pattern that the package replaces, for comparison: a list of timestamps per key, filtered on each call. */
export class OriginalWindow {
  #times: number[] = [];

  take(limit: number, windowMs: number, now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < windowMs);
    if (this.#times.length >= limit) return false;
    this.#times.push(now);
    return true;
  }
}
