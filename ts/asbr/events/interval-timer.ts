/** Largest delay a timer takes; a longer one would fire at once. */
const MAX_DELAY_MS = 2_147_483_647;

export interface TimedJob {
  readonly everyMs: number;
  readonly run: () => void;
}

/**
 * Several periodic jobs on one `setInterval`. Its period is the time to the next job due, and it is set anew only when that
 * changes, so that a manager owns exactly one timer and each job keeps its own beat, under fake timers too.
 */
export class IntervalTimer {
  readonly #jobs: { everyMs: number; leftMs: number; run: () => void }[];
  #timer: NodeJS.Timeout | undefined;
  #periodMs = 0;

  constructor(jobs: readonly TimedJob[]) {
    this.#jobs = jobs.map(({ everyMs, run }) => {
      const period = Math.min(Math.max(everyMs, 1), MAX_DELAY_MS);
      return { everyMs: period, leftMs: period, run };
    });
    this.#arm();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    const nextMs = Math.min(...this.#jobs.map((job) => job.leftMs));
    if (this.#timer && nextMs === this.#periodMs) return;
    clearInterval(this.#timer);
    this.#periodMs = nextMs;
    this.#timer = setInterval(() => this.#tick(), nextMs);
    // Housekeeping must not keep a process alive that has nothing else to do.
    this.#timer.unref?.();
  }

  #tick(): void {
    const due = this.#jobs.filter((job) => {
      job.leftMs -= this.#periodMs;
      if (job.leftMs > 0) return false;
      job.leftMs = job.everyMs;
      return true;
    });
    this.#arm();
    for (const job of due) job.run();
  }
}
