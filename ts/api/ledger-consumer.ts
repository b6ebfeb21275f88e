/** A reader of a ledger that goes on where it stopped, and whom retention waits for. */
import type { LedgerFiles } from '../native.js';
import { number } from './arguments.js';
import type { Ledger } from './ledger.js';
import type { LedgerQuery, TailQuery } from './ledger-types.js';
import type { EventRecord } from './types.js';

/**
 * A declared consumer. Its cursor is on disk, so that it may be read by one process after another, of which at most
 * one commits at a time.
 *
 * @example
 * const shipper = await ledger.consumer('shipper');
 * for await (const record of shipper.read()) {
 *   await ship(record.line);
 *   await shipper.commit(record.offset);
 * }
 */
export class LedgerConsumer {
  readonly name: string;
  readonly #ledger: Ledger;
  readonly #files: LedgerFiles;
  #next: number;

  /** @internal */
  constructor(name: string, ledger: Ledger, files: LedgerFiles, next: number) {
    this.name = name;
    this.#ledger = ledger;
    this.#files = files;
    this.#next = next;
  }

  /** The first offset that is not committed. */
  get next(): number {
    return this.#next;
  }

  /** What is there and not committed. */
  read(query: Omit<LedgerQuery, 'after'> = {}): AsyncIterableIterator<EventRecord> {
    return this.#ledger.read({ ...query, after: this.#next - 1 });
  }

  /** The same, and then what comes. */
  tail(query: Omit<TailQuery, 'after'> = {}): AsyncIterableIterator<EventRecord> {
    return this.#ledger.tail({ ...query, after: this.#next - 1 });
  }

  /** Notes on disk that everything up to the event at `offset` has been read. It may be deleted from then on. */
  async commit(offset: number): Promise<void> {
    const next = number('offset', offset) + 1;
    await this.#files.setConsumer(this.name, next);
    this.#next = next;
  }

  /** Forgets the consumer: retention no longer waits for it. */
  async remove(): Promise<void> {
    await this.#files.setConsumer(this.name);
  }
}
