/** The events of the crash runs: what is in one follows from its thread and number, so that a reader knows every byte. */

/** Event `n` of `thread` in `run`. Lengths vary, so that lines end anywhere in a page and in the ring. */
export function eventOf(run, thread, n) {
  const length = (n * 7919 + thread * 104_729) % 400;
  return { topic: `thread-${thread}`, type: 'tick', run, thread, n, pad: 'x'.repeat(length) };
}

/** Words of a report: emits that have returned, the last offset that one returned, the last one acknowledged. */
const COUNT = 0;
const OFFSET = 1;
const ACKNOWLEDGED = 2;
const WORD_BYTES = 8;

/** Bytes of the report of one thread. */
export const REPORT_BYTES = 3 * WORD_BYTES;

/** Writes a report into the file, after the fact; there it outlives the process that is killed right after. */
export class Reporter {
  #bytes = Buffer.alloc(2 * WORD_BYTES);
  #write;

  /** `write` puts bytes at a position of the report file and returns when the system has them. */
  constructor(write, thread) {
    this.#write = (bytes, word) => write(bytes, thread * REPORT_BYTES + word * WORD_BYTES);
  }

  returned(count, offset) {
    this.#bytes.writeDoubleLE(count, 0);
    this.#bytes.writeDoubleLE(offset, WORD_BYTES);
    this.#write(this.#bytes, COUNT);
  }

  acknowledged(offset) {
    const bytes = Buffer.alloc(WORD_BYTES);
    bytes.writeDoubleLE(offset);
    this.#write(bytes, ACKNOWLEDGED);
  }
}

/** The file in which nothing is reported yet. */
export function emptyReports(threads) {
  const bytes = Buffer.alloc(threads * REPORT_BYTES);
  for (let thread = 0; thread < threads; thread += 1) {
    for (const word of [OFFSET, ACKNOWLEDGED])
      bytes.writeDoubleLE(-1, thread * REPORT_BYTES + word * WORD_BYTES);
  }
  return bytes;
}

/** The reports in the bytes of the file. */
export function readReports(bytes) {
  return Array.from({ length: bytes.length / REPORT_BYTES }, (_, thread) => {
    const word = (index) => bytes.readDoubleLE(thread * REPORT_BYTES + index * WORD_BYTES);
    return { count: word(COUNT), offset: word(OFFSET), acknowledged: word(ACKNOWLEDGED) };
  });
}
