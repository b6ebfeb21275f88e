import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Durability } from '../../api/index.js';
import { getXDGPaths } from '../../asbr/xdg/index.js';
import { CommandError } from '../command.js';

const DURABILITIES: readonly Durability[] = ['none', 'group', 'always'];

export interface ServeOptions {
  port: number;
  host: string;
  /** Absolute. */
  stateDir: string;
  durability: Durability;
}

export const SERVE_USAGE = `Usage: cortex-native serve [options]

Starts the server with its live page and keeps running until Ctrl+C or SIGTERM.

Options:
  --port <number>      port to listen on, 0 for any free one   (7439, or $ASBR_PORT)
  --host <address>     address to listen on                    (127.0.0.1, or $ASBR_HOST)
  --state-dir <path>   folder of the ledger, made if missing   ($XDG_STATE_HOME/cortex/asbr)
  --durability <mode>  what an accepted event survives         (group)
                         none    the end of the process
                         group   a power cut; one disk sync for all that came meanwhile
                         always  a power cut; one disk sync per event
  --help               this text`;

/** Reads the arguments of `serve`. Throws a `CommandError` that says which one is wrong. */
export function parseServeOptions(args: readonly string[], env: NodeJS.ProcessEnv): ServeOptions {
  const values = read(args);
  return {
    port: parsePort(values.port ?? env.ASBR_PORT ?? '7439'),
    host: values.host ?? env.ASBR_HOST ?? '127.0.0.1',
    stateDir: resolve(values['state-dir'] ?? getXDGPaths().state),
    durability: parseDurability(values.durability ?? 'group'),
  };
}

function read(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({
      args: [...args],
      options: { port: text, host: text, 'state-dir': text, durability: text },
    }).values;
  } catch (error) {
    throw new CommandError(
      `serve: ${(error as Error).message.split('.')[0]}; see cortex-native serve --help`,
      2,
    );
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new CommandError(`serve: the port must be a number from 0 to 65535, not "${text}"`, 2);
  }
  return port;
}

function parseDurability(text: string): Durability {
  const mode = DURABILITIES.find((known) => known === text);
  if (!mode)
    throw new CommandError(`serve: --durability must be ${DURABILITIES.join(', ')}, not "${text}"`, 2);
  return mode;
}
