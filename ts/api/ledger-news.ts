/** What happens to the files of a hub's ledger, told to whoever wants to know. */
import { makeError } from '../errors.js';
import { native } from '../native.js';
import type { EventHubOptions, RotatedSegment } from './types.js';

/** Whether the files of the ledger are anything but one that grows. */
export function hasUpkeep(options: EventHubOptions): boolean {
  const { rotate, retain, compress, chain, onRotate } = options;
  return [rotate, retain, compress, chain, onRotate].some((option) => option !== undefined);
}

/** See the module. */
export class LedgerNews {
  readonly #attachment: number;
  readonly #onRotate: ((segment: RotatedSegment) => void) | undefined;
  readonly #report: (error: unknown, where: string) => void;
  #heard: number;

  constructor(
    attachment: number,
    onRotate: ((segment: RotatedSegment) => void) | undefined,
    report: (error: unknown, where: string) => void,
  ) {
    this.#attachment = attachment;
    this.#onRotate = onRotate;
    this.#report = report;
    this.#heard = native.hubLedgerNews(attachment, 0).heard;
  }

  /** Tells what happened since it was asked last. */
  ask(): void {
    const { closed, troubles, heard } = native.hubLedgerNews(this.#attachment, this.#heard);
    this.#heard = heard;
    for (const { code, message, path, operation, reason, errno } of troubles) {
      const numbered = errno === undefined || errno === null ? {} : { errno };
      this.#report(makeError(code, message, { path, operation, reason, ...numbered }), 'ledger');
    }
    for (const segment of closed) {
      try {
        this.#onRotate?.(segment);
      } catch (error) {
        this.#report(error, 'onRotate');
      }
    }
  }
}
