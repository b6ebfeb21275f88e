/** Waits for something to happen to the files of a ledger. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Some file systems tell nothing, so that this often one looks anyway. */
const LOOK_MS = 500;

/** See the module. */
export class LedgerWatch {
  readonly #signal: AbortSignal | undefined;
  readonly #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(path: string, signal: AbortSignal | undefined) {
    this.#signal = signal;
    const name = basename(path);
    try {
      // The directory, because a rotation gives the name to another file.
      this.#watcher = watch(dirname(path), (_, file) => {
        if (file === null || file === name) this.#tell();
      });
      this.#watcher.on('error', () => undefined); // then the clock has to do
    } catch {
      this.#watcher = undefined;
    }
    signal?.addEventListener('abort', this.#tell);
  }

  readonly #tell = (): void => {
    this.#changed = true;
    this.#wake?.();
  };

  /** Resolves when there may be news since the last call. */
  async changed(): Promise<void> {
    if (!this.#changed && !this.#signal?.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#changed = false;
  }

  close(): void {
    this.#watcher?.close();
    this.#signal?.removeEventListener('abort', this.#tell);
  }
}
