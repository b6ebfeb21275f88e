/** `cortex-native ledger`: looks after a ledger on disk, also while a server writes it. */
import { CortexError, Ledger } from '../../../index.js';
import { type Command, CommandError, type Terminal } from '../../command.js';
import { LEDGER_COMMANDS, type LedgerCommandName, parseLedgerOptions } from './options.js';
import { exportEvents, readEvents, tailEvents } from './read.js';
import { repairLedger, showStats } from './stats.js';
import { verifyLedger } from './verify.js';

export type LedgerRun = (
  ledger: Ledger,
  options: ReturnType<typeof parseLedgerOptions>,
  terminal: Terminal,
) => Promise<number>;

const RUNS: Readonly<Record<LedgerCommandName, LedgerRun>> = {
  verify: verifyLedger,
  stats: showStats,
  tail: tailEvents,
  read: readEvents,
  repair: repairLedger,
  export: exportEvents,
};

export const ledger: Command = {
  summary: 'verify, read, follow, count or mend a ledger',
  usage: `Usage: cortex-native ledger <command> <path> [options]

<path> is the ledger's file, such as ledger.ndjson. All but repair only read, also while a server writes it.

Commands:
  verify   holds the lines against the hash chain; tells the offset of the first line that is not as it was written
             --key-file <file>           the key of the chain
             --anchor <offset>:<digest>  the chain must still have this digest; may be given several times
  stats    files, events, bytes, times, consumers
  read     prints events
  tail     prints the newest events and then what comes, until Ctrl+C
             --lines <number>            how many of the newest                                       (10)
  export   writes events to a file, or prints the newest digest to be published elsewhere
             --out <file>                the file, which must not be there
             --anchor                    the digest instead of events, as <offset>:<digest>
  repair   mends the end, the list of files and the indexes of a ledger that nobody writes
             --key-file <file>           the key of the chain

Options of read, tail and export:
  --after <place>, --before <place>      an offset, a cursor or an event's id
  --topic <name>, --type <name>          may be given several times
  --since <time>, --until <time>         milliseconds, or such as 2026-01-31T12:00:00Z
  --limit <number>                       how many at the most
  --skip-corrupt                         leave out lines that are no JSON
Options of all:
  --json                                 one JSON object, or one per event with its offset and cursor
  --topic-field, --type-field, --id-field, --time-field <name>  where events name these
  --help                                 this text

Exit code: 0, 1 where something is wrong with the ledger, 2 for a wrong call.`,
  async run(args, terminal) {
    const [name = '', ...rest] = args;
    const command = LEDGER_COMMANDS.find((known) => known === name);
    if (!command) {
      const known = LEDGER_COMMANDS.join(', ');
      throw new CommandError(`ledger: no command "${name}"; there are ${known}`, 2);
    }
    const options = parseLedgerOptions(command, rest);
    process.stdout.on('error', endWithReader);
    try {
      return await RUNS[command](await Ledger.open(options.path, options.fields), options, terminal);
    } catch (error) {
      if (error instanceof CortexError) throw new CommandError(`ledger ${command}: ${error.message}`, 1);
      throw error;
    } finally {
      process.stdout.off('error', endWithReader);
      terminal.progress?.('');
    }
  },
};

/** Whoever reads the output, such as `head`, has had enough. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}
