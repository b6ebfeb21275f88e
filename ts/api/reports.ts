/** What went wrong where nobody waits for it: told to the caller's `onError`, or as a warning of the process. */

/** See the module. */
export class Reports {
  readonly #onError: (error: unknown, where: string) => void;

  constructor(onError: ((error: unknown, where: string) => void) | undefined) {
    this.#onError = onError ?? warn;
  }

  /** Tells of an error; never throws. */
  report(error: unknown, where: string): void {
    try {
      this.#onError(error, where);
    } catch (thrown) {
      warn(thrown, 'onError');
    }
  }
}

/** What `work` throws. */
export function caught(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

function warn(error: unknown, where: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`@cortex-os/native: ${where}: ${text}`);
}
