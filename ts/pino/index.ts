/**
 * `@cortex-os/native/pino`: a ledger as the destination of pino, or of any logger that writes lines to a sonic-boom.
 *
 * What `write` was given is safe from `kill -9` when it returns; `flush` says when it is on the disk. Differences to
 * sonic-boom: what is written are whole lines (the rest of one waits for its line break, or for `end`); the file is
 * opened at once, so that what is wrong with it is thrown by the constructor; an `error` that nobody listens to is a
 * warning of the process; lines that the ledger cannot take are held, up to `maxLength`, and go first when it can again.
 */
import { EventEmitter } from 'node:events';
import { EventHub } from '../api/event-hub.js';
import type { EventHubOptions } from '../api/types.js';
import { CortexError, HubError } from '../errors.js';
import { Backlog } from './backlog.js';

/** Where and how to log: the options of an {@link EventHub} with its ledger, but for those of readers. */
export interface LedgerDestinationOptions
  extends Pick<
    EventHubOptions,
    | 'durability'
    | 'ringBytes'
    | 'maxLineBytes'
    | 'topicField'
    | 'typeField'
    | 'idField'
    | 'timeField'
    | 'exitDrainMs'
    | 'rotate'
    | 'retain'
    | 'compress'
    | 'chain'
    | 'onRotate'
  > {
  /** The ledger file. Its directory exists. */
  path: string;
  /** Bytes of lines held while the ledger cannot take them; more are dropped, each told by `drop`. Default: 16 MiB. */
  maxLength?: number;
}

/** What {@link LedgerDestination} emits, with the arguments of each. */
export interface LedgerDestinationEvents {
  /** The ledger is open, also after {@link LedgerDestination.reopen}. */
  ready: [];
  /** `write` has returned false, and may go on. */
  drain: [];
  /** A line that was not logged: longer than `maxLineBytes`, or one too many to be held. */
  drop: [line: string];
  /** The ledger failed, or could not be opened again: see {@link LedgerDestination.reopen}. */
  error: [error: unknown];
  /** Everything that was written before `end` is on the disk. */
  finish: [];
  /** The ledger is closed. */
  close: [];
}

const DEFAULT_MAX_LENGTH = 16 * 1024 * 1024;
const SYNC_PATIENCE_MS = 30_000;

/** See the module. Made by {@link ledgerDestination}. */
export class LedgerDestination extends EventEmitter<LedgerDestinationEvents> {
  readonly #options: LedgerDestinationOptions;
  readonly #backlog: Backlog;
  #hub: EventHub;
  #partial = '';
  #ended = false;
  #needDrain = false;
  #draining = false;
  #reopening: Promise<void> | undefined;

  constructor(options: LedgerDestinationOptions) {
    super();
    this.#options = options;
    this.#backlog = new Backlog(options.maxLength ?? DEFAULT_MAX_LENGTH, () => this.flushSync());
    this.#hub = EventHub.openSync(this.#hubOptions());
    process.nextTick(() => this.emit('ready'));
  }

  /** The hub that is logged to, for readers. Another one after {@link LedgerDestination.reopen}. */
  get hub(): EventHub {
    return this.#hub;
  }

  /** The ledger file. */
  get file(): string {
    return this.#options.path;
  }

  /** Whether it takes lines: by this pino tells a stream from options. */
  get writable(): boolean {
    return !this.#ended;
  }

  /** Whether `write` has returned false and `drain` is still to come. */
  get writableNeedDrain(): boolean {
    return this.#needDrain;
  }

  /** Whether `end` or `destroy` was called. */
  get writableEnded(): boolean {
    return this.#ended;
  }

  /**
   * Logs the lines of `text`. False asks the caller to wait for `drain`; the text was taken all the same.
   *
   * @throws ERR_HUB_CLOSED after `end` or `destroy`
   */
  write(text: string): boolean {
    if (this.#ended) throw closed();
    const end = text.indexOf('\n');
    if (this.#partial === '' && end === text.length - 1 && end >= 0) this.#log(text.slice(0, end));
    else this.#logLines(this.#partial + text);
    if (!this.#needDrain && (this.#backlog.size > 0 || this.#hub.pressure)) {
      this.#needDrain = true;
      void this.#drain();
    }
    return !this.#needDrain;
  }

  /** Calls `done` once everything written so far is on the disk, or with the error that keeps it from getting there. */
  flush(done?: (error?: unknown) => void): void {
    this.#flush().then(
      () => done?.(),
      (error) => (done === undefined ? this.#report(error) : done(error)),
    );
  }

  /**
   * As `flush`, blocking. Lines that are held while the ledger is being reopened stay held.
   *
   * @throws ERR_LEDGER_FAILED
   */
  flushSync(): void {
    if (this.#ended) return;
    do {
      this.#hub.flushSync(SYNC_PATIENCE_MS);
    } while (this.#backlog.size > 0 && this.#feed());
  }

  /**
   * Closes the ledger and opens it again, by `file` if that is given: after it has failed, or was moved away. What is
   * written meanwhile is held. Then come `ready`, or `error` and another try may be made.
   */
  reopen(file?: string): void {
    if (this.#ended) throw closed();
    if (file !== undefined) this.#options.path = file;
    this.#reopening = (this.#reopening ?? Promise.resolve()).then(() => this.#reopen());
  }

  /** Logs what is left, closes the ledger, and then emits `finish` and `close`. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#partial !== '') this.#logLines(`${this.#partial}\n`);
    void this.#close(true);
  }

  /** As `end`, without waiting for lines that the ledger could not take. Emits `close` only. */
  destroy(): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#close(false);
  }

  #hubOptions(): EventHubOptions {
    const { maxLength: _, ...options } = this.#options;
    return { ...options, onError: (error) => this.#report(error) };
  }

  #logLines(text: string): void {
    const lines = text.split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.#log(line);
  }

  #log(line: string): void {
    if (this.#backlog.size > 0 || this.#reopening !== undefined || !this.#emitLine(line)) this.#hold(line);
  }

  #hold(line: string): void {
    if (!this.#backlog.push(line)) this.emit('drop', line);
  }

  /** Whether the ledger is done with the line; one that it will never take is dropped. */
  #emitLine(line: string): boolean {
    try {
      this.#hub.emitLine(line.includes('\0') ? line.replaceAll('\0', '\\u0000') : line);
    } catch (error) {
      if (!(error instanceof CortexError && error.code === 'ERR_LOG_LINE_TOO_LARGE')) return false;
      this.emit('drop', line);
    }
    return true;
  }

  /** Logs what is held, as far as the ledger takes it; whether it took anything. */
  #feed(): boolean {
    if (this.#reopening !== undefined) return false;
    return this.#backlog.feed((line) => this.#emitLine(line));
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    try {
      do await this.#hub.drained();
      while (this.#feed() && (this.#backlog.size > 0 || this.#hub.pressure));
    } catch {
      // The ledger failed, which `error` has told, or was closed.
    }
    this.#draining = false;
    if (this.#backlog.size > 0 || !this.#needDrain) return; // goes on when it is reopened
    this.#needDrain = false;
    if (!this.#ended) this.emit('drain');
  }

  async #flush(): Promise<void> {
    await this.#reopening;
    await this.#hub.flush();
    while (this.#backlog.size > 0) {
      this.#feed();
      await this.#hub.flush();
    }
  }

  async #reopen(): Promise<void> {
    await this.#hub.close().catch(() => undefined); // what it could not write, opening completes
    try {
      this.#hub = await EventHub.open(this.#hubOptions());
    } catch (error) {
      this.#report(error);
      return;
    }
    this.#reopening = undefined;
    this.#feed();
    if (!this.#ended) this.emit('ready');
    await this.#drain();
  }

  async #close(finish: boolean): Promise<void> {
    try {
      if (finish) await this.#flush();
    } catch (error) {
      this.#report(error);
    }
    this.#backlog.clear();
    try {
      await this.#hub.close();
      if (finish) this.emit('finish');
    } catch (error) {
      this.#report(error);
    }
    this.emit('close');
  }

  #report(error: unknown): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
    else process.emitWarning(error instanceof Error ? error : String(error));
  }
}

/**
 * A destination for pino.
 *
 * @throws ERR_LEDGER_OPEN, ERR_LEDGER_LOCKED, ERR_LEDGER_FORMAT, ERR_HUB_OPTION_INVALID
 * @example
 * const logger = pino(ledgerDestination({ path: 'log.ndjson' }));
 * @example
 * // In a thread of its own: this module is a transport as well.
 * const logger = pino(pino.transport({ target: '@cortex-os/native/pino', options: { path: 'log.ndjson' } }));
 */
export function ledgerDestination(options: LedgerDestinationOptions): LedgerDestination {
  return new LedgerDestination(options);
}

/** What `pino.transport` looks for. */
export { ledgerDestination as default };

function closed(): HubError {
  return new HubError('ERR_HUB_CLOSED', 'the destination was ended; make a new one');
}
