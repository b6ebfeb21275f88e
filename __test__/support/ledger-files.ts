/** The files of a ledger, as a crash or a reboot leaves them. */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of the spool's header, as src/log/spool.rs lays it out. */
const BOOT_AT = 24;
const HEAD_AT = 64;
const FLOOR_AT = 128;

/** Copies of a ledger that is open: what a process killed at this moment leaves behind. */
export class Remains {
  readonly path: string;

  constructor(ledgerPath: string, folder: string) {
    this.path = join(folder, 'remains.ndjson');
    // The spool first: what the writer appends in between is then in both, as it is after a kill.
    for (const suffix of ['.spool', '', '.meta']) copyFileSync(ledgerPath + suffix, this.path + suffix);
  }

  /** Where the last whole line in the spool ends. */
  get head(): number {
    return this.#word(HEAD_AT);
  }

  /** From where on the spool still has everything. */
  get floor(): number {
    return this.#word(FLOOR_AT);
  }

  /** The ledger ends here, as far as the disk knows. */
  cutTo(bytes: number): void {
    truncateSync(this.path, bytes);
  }

  /** The machine was started again since. */
  reboot(): void {
    const spool = readFileSync(`${this.path}.spool`);
    spool.fill(7, BOOT_AT, BOOT_AT + 16);
    writeFileSync(`${this.path}.spool`, spool);
  }

  /** All files as they are now, and what puts them back. */
  keep(): () => void {
    const kept = ['.spool', '', '.meta'].map((suffix) => [suffix, readFileSync(this.path + suffix)] as const);
    return () => {
      for (const [suffix, bytes] of kept) writeFileSync(this.path + suffix, bytes);
    };
  }
  #word(position: number): number {
    return Number(readFileSync(`${this.path}.spool`).readBigUInt64LE(position));
  }
}
