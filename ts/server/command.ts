/** One word of the command line: a file in `commands/` and an entry in the table of `cli.ts`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly usage: string;
  /** @returns the exit code */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** Where a command writes; a line without its end. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  /** Resolves when what was written has gone on, so that a fast writer does not fill the memory. Absent: at once. */
  drained?(): Promise<void>;
  /** Shows how far long work is, in place of what it showed before; '' takes it away. Absent: nobody looks. */
  progress?(text: string): void;
}

/** A failure whose message is all that its user needs. `exitCode` 2 means: called wrongly. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}
