/** What an event supersedes for slow readers: the caller's keys, as numbers. */
import { native } from '../native.js';
import { Names } from './names.js';

/** The key of an event, if it has one. */
export type KeyOf = (event: unknown) => string | undefined;

/** `keyOf` that never throws: an event whose key cannot be had supersedes nothing. */
export function guarded(keyOf: KeyOf, onError: (error: unknown) => void): KeyOf {
  return (event) => {
    try {
      return keyOf(event);
    } catch (error) {
      onError(error);
      return undefined;
    }
  };
}

/** See the module. */
export class CoalescingKeys {
  readonly #keyOf: KeyOf;
  // A key that was forgotten gets a new number, and so supersedes less than it could, never more.
  readonly #numbers: Names;

  /** @param keyOf as {@link guarded} has made it */
  constructor(attachment: number, keyOf: KeyOf) {
    this.#keyOf = keyOf;
    this.#numbers = new Names(() => native.hubNewKey(attachment));
  }

  /** The number of the event's key, 0 for none. */
  of(event: unknown): number {
    const key = this.#keyOf(event);
    return key === undefined ? 0 : this.#numbers.get(key);
  }
}
