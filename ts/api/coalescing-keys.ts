/** What an event supersedes for slow readers: the caller's keys, as numbers. */
import { native } from '../native.js';
import { Names } from './names.js';

/** See the module. */
export class CoalescingKeys {
  readonly #keyOf: (event: unknown) => string | undefined;
  readonly #onError: (error: unknown) => void;
  // A key that was forgotten gets a new number, and so supersedes less than it could, never more.
  readonly #numbers: Names;

  constructor(
    attachment: number,
    keyOf: (event: unknown) => string | undefined,
    onError: (error: unknown) => void,
  ) {
    this.#keyOf = keyOf;
    this.#onError = onError;
    this.#numbers = new Names(() => native.hubNewKey(attachment));
  }

  /** The number of the event's key, 0 for none. An event whose key cannot be had supersedes nothing. */
  of(event: unknown): number {
    try {
      const key = this.#keyOf(event);
      return key === undefined ? 0 : this.#numbers.get(key);
    } catch (error) {
      this.#onError(error);
      return 0;
    }
  }
}
