/** Options of `cortex-native ledger`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { LedgerAnchor, LedgerQuery } from '../../../api/index.js';
import { CommandError } from '../../command.js';

export interface LedgerCommandOptions {
  /** Absolute. */
  path: string;
  json: boolean;
  query: LedgerQuery;
  key?: Uint8Array;
  anchors: LedgerAnchor[];
  anchorOnly: boolean;
  out?: string;
  lines: number;
}

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const TEXTS = { type: 'string', multiple: true } as const;

const READING = {
  after: TEXT,
  before: TEXT,
  topic: TEXTS,
  type: TEXTS,
  since: TEXT,
  until: TEXT,
  limit: TEXT,
  'skip-corrupt': FLAG,
};
const FIELDS = { 'topic-field': TEXT, 'type-field': TEXT, 'id-field': TEXT, 'time-field': TEXT };
const KEY = { 'key-file': TEXT };

const ALLOWED = {
  verify: { ...KEY, anchor: TEXTS },
  stats: {},
  tail: { ...READING, lines: TEXT },
  read: READING,
  repair: KEY,
  export: { ...READING, out: TEXT, anchor: FLAG },
};

export type LedgerCommandName = keyof typeof ALLOWED;

export const LEDGER_COMMANDS = Object.keys(ALLOWED) as LedgerCommandName[];

/** Which fields of events name what, as {@link Ledger.open} takes them. */
export interface FieldOptions {
  topicField?: string;
  typeField?: string;
  idField?: string;
  timeField?: string;
}

/** Reads the arguments after the command's name. Throws a `CommandError` that says which one is wrong. */
export function parseLedgerOptions(
  name: LedgerCommandName,
  args: readonly string[],
): LedgerCommandOptions & { fields: FieldOptions } {
  const { values, positionals } = parse(name, args);
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw wrong(name, 'wants the path of one ledger');
  const text = (option: string) => values[option] as string | undefined;
  const list = (option: string) => values[option] as string[] | undefined;
  const keyFile = text('key-file');
  const out = text('out');
  const limit = text('limit');
  const query: LedgerQuery = {
    ...(text('after') !== undefined && { after: place(text('after') as string) }),
    ...(text('before') !== undefined && { before: place(text('before') as string) }),
    ...(list('topic') && { topics: list('topic') as string[] }),
    ...(list('type') && { types: list('type') as string[] }),
    ...(text('since') !== undefined && { since: moment(name, 'since', text('since') as string) }),
    ...(text('until') !== undefined && { until: moment(name, 'until', text('until') as string) }),
    ...(limit !== undefined && { limit: whole(name, 'limit', limit) }),
    ...(values['skip-corrupt'] === true && { skipCorrupt: true }),
  };
  const fields: FieldOptions = {};
  for (const field of ['topic', 'type', 'id', 'time'] as const) {
    const value = text(`${field}-field`);
    if (value !== undefined) fields[`${field}Field`] = value;
  }
  return {
    path: resolve(path),
    json: values.json === true,
    query,
    fields,
    ...(keyFile !== undefined && { key: readKey(name, keyFile) }),
    anchors: name === 'verify' ? (list('anchor') ?? []).map((anchor) => parseAnchor(name, anchor)) : [],
    anchorOnly: name === 'export' && values.anchor === true,
    ...(out !== undefined && { out: resolve(out) }),
    lines: whole(name, 'lines', text('lines') ?? '10'),
  };
}

function parse(name: LedgerCommandName, args: readonly string[]) {
  try {
    const options: Record<string, typeof TEXT | typeof FLAG | typeof TEXTS> = {
      json: FLAG,
      ...FIELDS,
      ...ALLOWED[name],
    };
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw wrong(name, (error as Error).message.split('.')[0] ?? '');
  }
}

/** An offset, where it is one; else a cursor or an event's id. */
function place(text: string): string | number {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function moment(name: string, option: string, text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(ms)) throw wrong(name, `--${option} must be a time, not "${text}"`);
  return ms;
}

function whole(name: string, option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw wrong(name, `--${option} must be a whole number, not "${text}"`);
  return Number(text);
}

function parseAnchor(name: string, text: string): LedgerAnchor {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text);
  if (!match) throw wrong(name, `--anchor must be <offset>:<64 hexadecimal digits>, not "${text}"`);
  return { offset: Number(match[1]), digest: match[2] as string };
}

/** The key is the file's content without line ends at its end. */
function readKey(name: string, file: string): Uint8Array {
  try {
    const bytes = readFileSync(file);
    let end = bytes.length;
    while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
    if (end > 0) return bytes.subarray(0, end);
  } catch (error) {
    throw wrong(name, `cannot read the key: ${(error as Error).message}`);
  }
  throw wrong(name, `the file of the key is empty: ${file}`);
}

function wrong(name: string, message: string): CommandError {
  return new CommandError(`ledger ${name}: ${message}; see cortex-native ledger --help`, 2);
}
