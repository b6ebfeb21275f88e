/** The command line `cortex-native`. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, CommandError, type Terminal } from './command.js';
import { compile } from './commands/compile.js';
import { connectors } from './commands/connectors.js';
import { ledger } from './commands/ledger/ledger.js';
import { policy } from './commands/policy.js';
import { serve } from './commands/serve.js';

const COMMANDS: Readonly<Record<string, Command>> = { serve, ledger, connectors, policy, compile };

const TERMINAL: Terminal = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  drained: async () => {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
  },
  ...(process.stderr.isTTY && { progress: (text: string) => process.stderr.write(`\r\x1b[K${text}`) }),
};

/**
 * Runs one command line.
 *
 * @param argv what follows the program's name
 * @returns the exit code: 0, 1 for a failure told in one line on stderr, 2 for a wrong call
 */
export async function main(argv: readonly string[], terminal: Terminal = TERMINAL): Promise<number> {
  const [name = '--help', ...args] = argv;
  try {
    if (name === '--help' || name === '-h' || name === 'help') terminal.out(overview());
    else if (name === '--version' || name === '-v') terminal.out(version());
    else return await runCommand(name, args, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    terminal.err(`cortex-native: ${error.message}`);
    return error.exitCode;
  }
}

async function runCommand(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new CommandError(`no command "${name}"; cortex-native --help lists them`, 2);
  if (!args.includes('--help') && !args.includes('-h')) return await command.run(args, terminal);
  terminal.out(command.usage);
  return 0;
}

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const list = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Usage: cortex-native <command> [options]',
    '',
    'Commands:',
    ...list,
    '',
    'Options:',
    '  --help     this text; after a command, its own',
    '  --version  the version of the package',
  ].join('\n');
}

function version(): string {
  const file = join(__dirname, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
