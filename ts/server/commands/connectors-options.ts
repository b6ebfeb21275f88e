import { parseArgs } from 'node:util';
import { CommandError } from '../command.js';

export const CONNECTORS_USAGE = `Usage: cortex-native connectors serve [--port <number>] [--host <address>]
       cortex-native connectors service-map [--plain] [--flat] [--compat]
       cortex-native connectors verify [<file>] [--compat] [--max-age <seconds>] [--not-before <date>]

serve        starts the service and keeps running until Ctrl+C or SIGTERM
service-map  prints the signed map; --plain as one line, the bytes a client gets
verify       checks a map from a file, or from standard input; exit code 1 if it is not to be trusted

Environment:
  CONNECTORS_SIGNATURE_KEY        secret that signs and verifies
  CONNECTORS_SIGNATURE_KEYS_FILE  file of keys, newest first, instead of the secret
  CONNECTORS_MANIFEST_PATH        manifest          (config/connectors.manifest.json)
  CONNECTORS_API_KEY              bearer token of clients; or NO_AUTH=true
  ENABLE_PROMETHEUS               true: serve /metrics
  APPS_BUNDLE_DIR                 folder of the dashboard

Options:
  --port <number>      port to listen on, 0 for any free one   (3026)
  --host <address>     address to listen on                    (0.0.0.0; 127.0.0.1 with NO_AUTH)
  --plain              one line instead of indented text
  --flat               the signature inside the map, as the ASBR server sends it
  --compat             the flat form for readers that know name, status and ttl only
  --max-age <seconds>  refuse a map that was generated longer ago
  --not-before <date>  refuse a map that was generated before
  --help               this text`;

export type ConnectorsCommand =
  | { name: 'serve'; port: number | undefined; host: string | undefined }
  | { name: 'service-map'; plain: boolean; flat: boolean; compat: boolean }
  | {
      name: 'verify';
      file: string | undefined;
      compat: boolean;
      maxAgeMs: number | undefined;
      notBefore: string | undefined;
    };

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

/** Throws a `CommandError` that says which argument is wrong. */
export function parseConnectorsOptions(args: readonly string[]): ConnectorsCommand {
  const [name, ...rest] = args;
  switch (name) {
    case 'serve': {
      const { values } = read(name, rest, { port: text, host: text });
      return {
        name,
        port: numberOf(name, 'port', values.port, 65_535),
        host: values.host as string | undefined,
      };
    }
    case 'service-map': {
      const { values } = read(name, rest, { plain: flag, flat: flag, compat: flag });
      const { plain, flat, compat } = values as Record<string, boolean>;
      return { name, plain: plain === true, flat: flat === true, compat: compat === true };
    }
    case 'verify': {
      const options = { compat: flag, 'max-age': text, 'not-before': text };
      const { values, positionals } = read(name, rest, options, true);
      if (positionals.length > 1) throw wrong(name, 'one file at most');
      const seconds = numberOf(name, 'max-age', values['max-age'], 1e10);
      return {
        name,
        file: positionals[0],
        compat: values.compat === true,
        maxAgeMs: seconds === undefined ? undefined : seconds * 1000,
        notBefore: values['not-before'] as string | undefined,
      };
    }
    default:
      throw new CommandError(
        'connectors: say serve, service-map or verify; see cortex-native connectors --help',
        2,
      );
  }
}

type Options = Record<string, typeof text | typeof flag>;

function read(name: string, args: string[], options: Options, allowPositionals = false) {
  try {
    const parsed = parseArgs({ args, options, allowPositionals });
    return { values: parsed.values as Record<string, unknown>, positionals: parsed.positionals };
  } catch (error) {
    throw wrong(name, (error as Error).message.split('.')[0] ?? '');
  }
}

function numberOf(name: string, option: string, given: unknown, most: number): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!/^\d+$/.test(String(given)) || value > most) {
    throw wrong(name, `--${option} must be a whole number up to ${most}, not "${given}"`);
  }
  return value;
}

function wrong(name: string, reason: string): CommandError {
  return new CommandError(`connectors ${name}: ${reason}; see cortex-native connectors --help`, 2);
}
