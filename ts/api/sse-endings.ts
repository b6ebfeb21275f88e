/**
 * Responses that were ended and have bytes left in Node.
 *
 * Their streams had no idle timeout, so a client that takes nothing would keep its socket, and with it
 * `server.close()`, waiting for ever. From its end on a socket may be idle for `stallMs`; when the hub closes, for what
 * is left of its patience.
 */
import type { SseResponse } from './attach-types.js';

/** See the module. */
export class Endings {
  readonly #stallMs: number;
  readonly #pending = new Set<SseResponse>();
  #onEmpty: (() => void) | undefined;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
  }

  /** This response was ended. */
  add(res: SseResponse): void {
    // Only a response of Node's tells when it has finished.
    if (res.on === undefined || res.writableFinished !== false || res.destroyed === true) return;
    res.socket?.setTimeout?.(this.#stallMs);
    this.#pending.add(res);
    const over = (): void => {
      res.removeListener?.('finish', over);
      res.removeListener?.('close', over);
      this.#remove(res);
    };
    res.on('finish', over);
    res.on('close', over);
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Resolves once nothing is left in Node. */
  async emptied(): Promise<void> {
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** Cuts what has not left yet. */
  cut(): void {
    for (const res of [...this.#pending]) {
      this.#remove(res);
      res.destroy?.();
    }
  }

  #remove(res: SseResponse): void {
    this.#pending.delete(res);
    if (this.#pending.size === 0) this.#onEmpty?.();
  }
}
