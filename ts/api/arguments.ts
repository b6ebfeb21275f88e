/**
 * What callers pass, checked by name: a program in plain JavaScript learns which argument is wrong, before anything is
 * done. Ranges of what the core is given are its own business; kinds, and what stays in JavaScript, are checked here.
 */
import { HubError } from '../errors.js';
import type { HubOptions } from '../native.js';
import type { AttachOptions } from './attach-types.js';
import type { EventFilter, EventHubOptions, EventQuery, StreamOptions } from './types.js';
import type { SocketOptions } from './websocket-types.js';

type Check = readonly [expected: string, holds: (value: unknown) => boolean];

/** Longest interval of a timer; beyond it Node takes 1 ms instead. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const TEXT: Check = ['a string', (value) => typeof value === 'string'];
const FLAG: Check = ['true or false', (value) => typeof value === 'boolean'];
const NUMBER: Check = ['a number', (value) => typeof value === 'number'];
const FUNCTION: Check = ['a function', (value) => typeof value === 'function'];
const LIMIT: Check = ['a number of at least 0', (value) => typeof value === 'number' && value >= 0];
const TEXTS: Check = [
  'an array of strings',
  (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
];
const PLACE: Check = [
  'an offset, a cursor or an event id',
  (value) => typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value)),
];
const ON_GAP: Check = [
  "'continue', 'live' or 'end'",
  (value) => value === 'continue' || value === 'live' || value === 'end',
];
const TRANSPORT: Check = [
  "'auto', 'adopted' or 'stream'",
  (value) => value === 'auto' || value === 'adopted' || value === 'stream',
];
const ON_SLOW: Check = [
  "'disconnect', 'gap' or 'coalesce'",
  (value) => value === 'disconnect' || value === 'gap' || value === 'coalesce',
];
const TIMER: Check = [
  `a number of milliseconds from 0 to ${MAX_TIMER_MS}`,
  (value) => typeof value === 'number' && value >= 0 && value <= MAX_TIMER_MS,
];
const WHOLE: Check = [
  'a whole number of at least 0',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
];

const bounds = (...names: string[]): Check => [
  `an object of numbers: ${names.join(', ')}`,
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(
      ([name, bound]) => names.includes(name) && (bound === undefined || typeof bound === 'number'),
    ),
];
const ZSTD: Check = ["'zstd'", (value) => value === 'zstd'];
const isKey = (value: unknown): boolean =>
  (typeof value === 'string' || value instanceof Uint8Array) && value.length > 0;
export const KEY: Check = ['a string or bytes, not empty', isKey];
const CHAIN: Check = [
  'true, false or an object with a key',
  (value) =>
    typeof value === 'boolean' ||
    (typeof value === 'object' && value !== null && isKey((value as { key?: unknown }).key)),
];

/** Options that the core takes in another form. */
type Translated = 'compress' | 'chain' | 'chainKey' | 'schema';

/** Options that the core takes; it answers what is absent with its defaults. */
const NATIVE: { readonly [Name in Exclude<keyof HubOptions, Translated>]-?: Check } = {
  path: TEXT,
  shared: FLAG,
  durability: TEXT,
  ringBytes: NUMBER,
  maxLineBytes: NUMBER,
  maxEvents: NUMBER,
  maxTopicEvents: NUMBER,
  maxBytes: NUMBER,
  idleMs: NUMBER,
  topicField: TEXT,
  typeField: TEXT,
  idField: TEXT,
  exitDrainMs: NUMBER,
  timeField: TEXT,
  rotate: bounds('maxBytes', 'maxEvents', 'maxAgeMs'),
  retain: bounds('maxBytes', 'maxAgeMs', 'maxSegments'),
};

const SCHEMA: Check = [
  'a compiled Schema',
  (value) => typeof value === 'object' && value !== null && 'handle' in value,
];

const LOCAL: { readonly [Name in Exclude<keyof EventHubOptions, keyof typeof NATIVE>]-?: Check } = {
  schema: SCHEMA,
  heartbeatMs: TIMER,
  heartbeatFrame: TEXT,
  retryMs: WHOLE,
  now: FUNCTION,
  stallMs: TIMER,
  pongMs: TIMER,
  windowMs: TIMER,
  coalesceKey: FUNCTION,
  keepAlive: FLAG,
  onError: FUNCTION,
  compress: ZSTD,
  chain: CHAIN,
  onRotate: FUNCTION,
};

const FILTER = { topic: TEXT, topics: TEXTS, types: TEXTS };
const STREAM = { after: PLACE, maxBuffered: LIMIT };
const ATTACH = {
  ...FILTER,
  after: PLACE,
  onGap: ON_GAP,
  transport: TRANSPORT,
  onSlow: ON_SLOW,
  onClose: FUNCTION,
};
const QUERY = { ...FILTER, after: PLACE, before: PLACE, limit: LIMIT };
const MOMENT: Check = [
  'a Date or a time in milliseconds',
  (value) =>
    (value instanceof Date && !Number.isNaN(value.getTime())) || (typeof value === 'number' && value >= 0),
];
const LEDGER_QUERY = {
  ...QUERY,
  since: MOMENT,
  until: MOMENT,
  skipCorrupt: FLAG,
};
const LEDGER = { path: TEXT, topicField: TEXT, typeField: TEXT, idField: TEXT, timeField: TEXT };
const VERIFY = {
  key: KEY,
  anchors: ['an array', (value: unknown) => Array.isArray(value)] as Check,
  onProgress: FUNCTION,
};
const SOCKET: Check = [
  'a WebSocket',
  (value) => {
    const { send, close, addEventListener } = (value ?? {}) as Record<string, unknown>;
    return [send, close, addEventListener].every((method) => typeof method === 'function');
  },
];
const SOCKET_OPTIONS = {
  after: PLACE,
  resumeWaitMs: TIMER,
  maxBufferedBytes: LIMIT,
  onGap: ON_GAP,
  onSlow: ON_SLOW,
  onClose: FUNCTION,
};
const OPTIONS = { ...NATIVE, ...LOCAL };

/** Checks every option of a hub and returns those for the core. */
export function hubOptions(options: EventHubOptions): HubOptions {
  checkAll(options, OPTIONS);
  const names = Object.keys(NATIVE) as (keyof typeof NATIVE)[];
  const given = names.filter((name) => options[name] !== undefined);
  const native: HubOptions = Object.fromEntries(given.map((name) => [name, options[name]]));
  if (options.compress !== undefined) native.compress = true;
  if (options.chain !== undefined) native.chain = options.chain !== false;
  if (typeof options.chain === 'object') native.chainKey = keyBytes(options.chain.key);
  if (options.schema !== undefined) native.schema = options.schema.handle;
  return native;
}

/** A key as bytes; text as UTF-8. */
export function keyBytes(key: string | Uint8Array): Uint8Array {
  return typeof key === 'string' ? Buffer.from(key, 'utf8') : key;
}

/** Checks a filter. */
export function checkFilter(filter: EventFilter): void {
  checkAll(filter, FILTER);
}

/** Checks how a stream begins. */
export function checkStream(filter: EventFilter, options: StreamOptions): void {
  checkAll(filter, FILTER);
  checkAll(options, STREAM);
}

/** Checks how a connection begins. */
export function checkAttach(options: AttachOptions): void {
  checkAll(options, ATTACH);
}

/** Checks a socket, and how its connection begins. */
export function checkSocket(socket: unknown, filter: EventFilter, options: SocketOptions): void {
  check('socket', socket, SOCKET);
  checkAll(filter, FILTER);
  checkAll(options, SOCKET_OPTIONS);
}

/** Checks a query. */
export function checkQuery(query: EventQuery): void {
  checkAll(query, QUERY);
}

/** Checks what is wanted of a ledger. */
export function checkLedgerQuery(query: object): void {
  checkAll(query, LEDGER_QUERY);
}

/** Checks where a ledger is. */
export function checkLedger(path: unknown, options: object): void {
  checkAll({ ...options, path }, LEDGER);
  text('path', path);
}

/** Checks what a ledger is verified with. */
export function checkVerify(options: object): void {
  checkAll(options, VERIFY);
}

/** Checks the name of a consumer, which becomes part of the name of a file. */
export function consumerName(value: unknown): string {
  const holds = (name: unknown) => typeof name === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(name);
  check('name', value, ['1 to 64 letters, digits, _ and -', holds]);
  return value as string;
}

/** Checks one argument that must be text and returns it. */
export function text(name: string, value: unknown): string {
  check(name, value, TEXT);
  return value as string;
}

/** Checks one argument that must be a number and returns it. */
export function number(name: string, value: unknown): number {
  check(name, value, NUMBER);
  return value as number;
}

function checkAll<Name extends string>(
  given: { readonly [Key in NoInfer<Name>]?: unknown },
  checks: Readonly<Record<Name, Check>>,
): void {
  for (const name of Object.keys(checks) as Name[]) {
    const value = given[name];
    if (value !== undefined) check(name, value, checks[name]);
  }
}

function check(option: string, value: unknown, [expected, holds]: Check): void {
  if (holds(value)) return;
  const actual = show(value);
  const message = `option ${option} must be ${expected}, not ${actual}`;
  throw new HubError('ERR_HUB_OPTION_INVALID', message, { option, expected, actual });
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
